/** The address of a worker that Vite has built. */
declare module '*?worker&url' {
  const address: string
  // biome-ignore lint/style/noDefaultExport: Vite gives it as one
  export default address
}
