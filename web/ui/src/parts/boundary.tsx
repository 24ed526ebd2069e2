// What is shown when a page fails by a mistake of its own, or cannot be loaded because the server has newer ones.
import { Component, type ReactNode } from 'react';

type Props = { children: ReactNode };
type State = { error: Error | null };

export class Boundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className="failure" role="alert">
        <h1>This page failed</h1>
        <p>Most likely the server was replaced by a newer one while the page was open. Loading it again helps then.</p>
        <button type="button" onClick={() => window.location.reload()}>Load again</button>
        <p className="quiet">If it fails again, report this: {error.message}</p>
      </div>
    );
  }
}
