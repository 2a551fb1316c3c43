import { createElement, type ReactNode } from "react";
import { useScreen } from "../shell/screen.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { useOpened } from "../ui/open-fold.ts";
import styles from "./message.module.css";

const mostPieces = 200; // elements that one message may make
type Piece = { code: boolean; text: string };
/** Splits text at code fences, in one pass. An open fence is code to the end. */
export function splitMemberText(text: string): Piece[] {
  const pieces: Piece[] = [];
  let lines: string[] = [];
  let code = false;
  const close = () => {
    const first = code ? 0 : lines.findIndex((line) => line !== "");
    const last = code ? lines.length - 1 : lines.findLastIndex((line) => line !== "");
    if (lines.some((line) => line.trim() !== "")) pieces.push({ code, text: lines.slice(first, last + 1).join("\n") });
    lines = [];
  };
  for (const line of text.split("\n")) {
    if (!line.startsWith("```")) lines.push(line);
    else {
      close();
      code = !code;
    }
  }
  close();
  return pieces.length > mostPieces ? [{ code: false, text }] : pieces;
}

/** Text with `code`; all else stays plain text. */
function inline(text: string): ReactNode {
  const parts = text.split("`");
  if (parts.length > mostPieces) return text;
  const whole = parts.length % 2 === 1 ? parts.length : parts.length - 1; // a last backtick without its pair is text
  return keyedByIndex(
    parts.map((part, index) => {
      if (index >= whole) return `\`${part}`;
      if (index % 2 === 0) return part;
      return part !== "" && !part.includes("\n") ? createElement("code", null, part) : `\`${part}\``;
    }),
  );
}

/** Marks text with a word so long that the browser would take seconds to break it. */
export const textClass = (name: string, text: string) => (/\S{400}/.test(text) ? `${name} ${styles.unbroken}` : name);

/** Of a text that is longer, so much is shown before it is opened: a screen of it. */
const shortText = { chars: 1_500, lines: 20 };
/** The beginning of a long text; undefined where all of it is shown. Pure. */
export function shortenText(text: string): string | undefined {
  const lines = text.split("\n");
  if (text.length <= shortText.chars * 1.2 && lines.length <= shortText.lines * 1.2) return undefined;
  const short = lines.slice(0, shortText.lines).join("\n").slice(0, shortText.chars);
  const fences = short.match(/^```/gm)?.length ?? 0;
  return fences % 2 === 1 ? `${short}\n\`\`\`` : `${short}…`;
}

/**
 * A member's text: only code blocks and `code` are formatted. A long one is folded. `name`: whose fold it is.
 */
export function MemberText({ text, name }: { text: string; name: string }) {
  const [opened, setOpen] = useOpened(`text:${name}`);
  const { finding } = useScreen();
  const open = opened || finding; // what is found may stand anywhere in it
  const short = shortenText(text);
  if (short === undefined) return <WholeText text={text} />;
  return (
    <>
      <WholeText text={open ? text : short} />
      {!finding && (
        <button type="button" className="link s13" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Show less" : "Show all of it"}
        </button>
      )}
    </>
  );
}
export function WholeText({ text }: { text: string }) {
  const piece = ({ code, text }: Piece) =>
    code ? createElement(Code, { text }) : createElement("p", { className: styles.text }, inline(text));
  return <div className={textClass(`md ${styles.mine}`, text)}>{keyedByIndex(splitMemberText(text).map(piece))}</div>;
}

function Code({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a code block scrolls, so the keyboard must reach it
    <section className="code" tabIndex={0} aria-label="Code">
      <pre>
        <code>{text}</code>
      </pre>
    </section>
  );
}
