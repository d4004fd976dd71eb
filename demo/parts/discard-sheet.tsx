import { Sheet } from './sheet.tsx'

/** Asks once more: this is the one thing in the app that cannot be taken back. */
export function DiscardSheet({
  title,
  onDiscard,
  onClosed,
}: {
  title: string
  onDiscard: () => void
  onClosed: () => void
}) {
  return (
    <Sheet title="Discard this?" note={title} onClosed={onClosed}>
      {(close) => (
        <>
          <p>It will never count in your day, on no device. This cannot be taken back.</p>
          <p class="sheet-actions">
            <button type="button" class="button" onClick={close}>
              Keep
            </button>
            <button
              type="button"
              class="button button-danger"
              onClick={() => {
                close()
                onDiscard()
              }}
            >
              Discard
            </button>
          </p>
        </>
      )}
    </Sheet>
  )
}
