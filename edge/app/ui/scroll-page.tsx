import type { ReactNode } from "react";

/** A screen's content below its bar. */
export function ScrollPage({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className="page" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
