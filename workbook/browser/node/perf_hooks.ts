import { refusedAll } from './refuse.ts'

const { performance, PerformanceObserver, PerformanceEntry } = globalThis

export { PerformanceEntry, PerformanceObserver, performance }
export const { monitorEventLoopDelay, createHistogram, eventLoopUtilization } = refusedAll(
  'perf_hooks',
  ['monitorEventLoopDelay', 'createHistogram', 'eventLoopUtilization'],
  'a page does not measure its event loop',
)

const module = {
  performance,
  PerformanceObserver,
  PerformanceEntry,
  monitorEventLoopDelay,
  createHistogram,
  eventLoopUtilization,
}

export { module as 'module.exports' }
export default module
