/** What Vite makes of these imports. */
declare module '*?worker' {
  const worker: new (options: { name: string }) => Worker
  // biome-ignore lint/style/noDefaultExport: this is what Vite makes of the import.
  export default worker
}

declare module '*?sharedworker' {
  const worker: new (options: { name: string }) => SharedWorker
  // biome-ignore lint/style/noDefaultExport: this is what Vite makes of the import.
  export default worker
}
