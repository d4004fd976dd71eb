/**
 * An id that no other meal has: 128 random bits. Browsers have `crypto.randomUUID` on https and localhost only, and a phone in the same network
 * comes by plain http.
 */
export function newMealId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
