/** Where the app's bundler, or Node, resolves packages with the condition `development`, as dev servers and test runners do. */
export const isDevelopment: boolean = true
