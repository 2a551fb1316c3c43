import { CopyButton } from "./copy-button.tsx";

/** Lines for a terminal, to be copied whole. */
export function Commands({ text, label, copy }: { text: string; label: string; copy: string }) {
  return (
    <div className="exact plain">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, so the keyboard must reach it */}
      <section className="grow" tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <CopyButton text={text} label={copy} />
    </div>
  );
}
