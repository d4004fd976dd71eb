export type JsonValue = string | number | boolean | null | JsonArray | JsonObject
export interface JsonArray extends ReadonlyArray<JsonValue> {}
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}
