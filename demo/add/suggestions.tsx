import { ListTitle } from './list-title.tsx'

const examples = ['Egg', 'Banana', 'Oatmeal', 'Chicken breast', 'Rice', 'Yogurt', 'Apple', 'Coffee']

/** Before the first meal there is nothing recent; these show what the search can do. */
export function Suggestions({ wide, onChoose }: { wide: boolean; onChoose: (query: string) => void }) {
  return (
    <section aria-labelledby="suggestions">
      <ListTitle id="suggestions" wide={wide}>
        Try one of these
      </ListTitle>
      <p class="suggestions">
        {examples.map((example) => (
          <button key={example} type="button" class="button button-small" onClick={() => onChoose(example)}>
            {example}
          </button>
        ))}
      </p>
      <p class="quiet">What you log will be here the next time, one tap away.</p>
    </section>
  )
}
