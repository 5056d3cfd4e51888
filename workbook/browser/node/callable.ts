/**
 * Node's older classes are functions: express makes requests with `Object.create(IncomingMessage.prototype)`, and others
 * write `EventEmitter.call(this)`. This turns a class into such a function: its methods are those of `shape`, and making one
 * is `init` on whatever `this` is. Fields of `shape` must be declared only (`declare`), as its constructor never runs.
 */
export function callable<Made extends object, Args extends unknown[]>(
  name: string,
  shape: { prototype: Made },
  init: (self: Made, ...args: Args) => void,
): Callable<Made, Args> {
  const make = function (this: Made, ...args: Args): void {
    init(this, ...args)
  }
  make.prototype = shape.prototype
  Object.defineProperty(make, 'name', { value: name, configurable: true })
  Object.defineProperty(make.prototype, 'constructor', { value: make, writable: true, configurable: true })
  Object.setPrototypeOf(make, Object.getPrototypeOf(shape))
  for (const key of Reflect.ownKeys(shape)) {
    if (key === 'prototype' || key === 'name' || key === 'length') continue
    Object.defineProperty(make, key, Object.getOwnPropertyDescriptor(shape, key) as PropertyDescriptor)
  }
  // A function with this prototype can be called with `new`; TypeScript only believes it of classes.
  return make as unknown as Callable<Made, Args>
}

export interface Callable<Made, Args extends unknown[]> {
  new (...args: Args): Made
  prototype: Made
  call(self: unknown, ...args: Args): void
}
