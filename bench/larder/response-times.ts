/** On this channel the worker says when it had the text of a response, in ms since 1970. */
const CHANNEL = 'bench:responses'

/** In the worker: the moment from which a response is Larder's work and not the network's. */
export function tellResponses(): void {
  const channel = new BroadcastChannel(CHANNEL)
  const native = globalThis.fetch
  globalThis.fetch = async (...request) => {
    const response = await native(...request)
    const text = response.text.bind(response)
    response.text = async () => {
      const body = await text()
      channel.postMessage({ at: now(), units: body.length })
      return body
    }
    return response
  }
}

/** On the page: when the first response of at least `minUnits` came. */
export function onResponse(minUnits: number): Promise<number> {
  const channel = new BroadcastChannel(CHANNEL)
  return new Promise((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<{ at: number; units: number }>) => {
      if (data.units < minUnits) return
      channel.close()
      resolve(data.at)
    }
  })
}

/** The same clock in page and worker, and in every tab. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}
