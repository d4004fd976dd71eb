throw new RangeError('this module throws')

export {}
