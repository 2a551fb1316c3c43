import { Component, type ReactNode } from "react";
import { Unreachable } from "../account/door.tsx";
import { reportError } from "./browser-errors.ts";

/** Catches what fails outside of every page of the router. React has no form of it without a class. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined };
  static getDerivedStateFromError = (error: unknown) => ({ error: error ?? "nothing was said" });
  override componentDidCatch(error: unknown) {
    reportError(error);
  }
  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Unreachable title="This page failed" error={error} retry={() => this.setState({ error: undefined })} />;
  }
}
