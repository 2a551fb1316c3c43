import styles from "./printed-log.module.css";

/** The look of one that goes on, and takes what place there is. */
export const longLog = `${styles.log} ${styles.lines}`;
/** The end of what a program has printed. */
export function PrintedLog({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <pre className={styles.log} tabIndex={0}>
      {text}
    </pre>
  );
}
