/** A name of the table begins with what the food is called; the rest is for the second look. What a person wrote stays as it is. */
export function splitMealName({ name, foodId }: { readonly name: string; readonly foodId?: string | undefined }): {
  readonly title: string
  readonly detail: string | undefined
} {
  const cut = foodId === undefined ? -1 : name.indexOf(', ')
  return cut === -1 ? { title: name, detail: undefined } : { title: name.slice(0, cut), detail: name.slice(cut + 2) }
}
