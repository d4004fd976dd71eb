/** Everywhere else. */
export const isDevelopment: boolean = false
