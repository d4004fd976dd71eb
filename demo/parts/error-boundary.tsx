import { Component, type ComponentChildren } from 'preact'
import { FullMessage } from './full-message.tsx'

/** What is logged is safe in the log whatever the screen does, and that is what a person wants to know first. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static override getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <FullMessage title="The app stopped">
        <p>Everything that you logged is still on this device. Loading the app again usually helps.</p>
        <p class="small-print">{error instanceof Error ? error.message : String(error)}</p>
      </FullMessage>
    )
  }
}
