// Tries to sign in, in the memory of this one process. A bucket holds one try less than the limit, each try takes one, and it is full
// again only after a quiet window: whoever goes on trying waits on.

export function createBuckets({ tries, seconds }) {
  const size = Math.max(1, tries - 1)
  const buckets = new Map()
  setInterval(() => {
    for (const [key, bucket] of buckets) if (bucket.full <= Date.now()) buckets.delete(key)
  }, seconds * 1000).unref()

  return {
    /** Takes a try. False when there is none left. */
    take(key) {
      const now = Date.now()
      const bucket = buckets.get(key)
      const left = bucket === undefined || bucket.full <= now ? size : bucket.left
      buckets.set(key, { left: Math.max(0, left - 1), full: now + seconds * 1000 })
      return left > 0
    },

    /** Gives it back. */
    refund(key) {
      const bucket = buckets.get(key)
      if (bucket !== undefined) bucket.left = Math.min(size, bucket.left + 1)
    },
  }
}
