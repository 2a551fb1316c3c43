import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { CopyByHand } from "./copy-by-hand.tsx";

type Outcome = { text: string; copied: boolean };
type CopyProps = {
  text: string;
  label: string;
  /** The label stands on the button, too. */
  worded?: boolean;
};

/** Copies a text and says so. Where the browser does not let it, the text is shown to be copied by hand. */
export function CopyButton({ text, label, worded = false }: CopyProps) {
  const [last, setLast] = useState<Outcome>();
  const button = useRef<HTMLButtonElement>(null);
  const outcome = last?.text === text ? last : undefined;
  const copied = outcome?.copied === true;
  const Icon = copied ? Check : Copy;
  useEffect(() => {
    if (!copied) return undefined;
    // Not on blur: what stands beside it would move under the finger that presses it.
    const forget = ({ target }: MouseEvent) => target instanceof Node && !button.current?.contains(target) && setLast(undefined);
    document.addEventListener("click", forget, true);
    return () => document.removeEventListener("click", forget, true);
  }, [copied]);
  const copy = async () => {
    const { clipboard } = navigator as { clipboard?: Clipboard }; // there is none outside of HTTPS and localhost
    const done = clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setLast({ text, copied: (await done) ?? false });
  };
  return (
    <span className="fx copies">
      <button
        ref={button}
        type="button"
        className={worded ? "btn xs" : "ib xs"}
        {...(worded ? {} : { "aria-label": label })}
        onClick={() => void copy()}
      >
        <Icon className="i s14" aria-hidden="true" />
        {worded && label}
      </button>
      <span className={copied ? "s12 sub" : "vh"} role="status">
        {copied && "Copied"}
      </span>
      {outcome?.copied === false && createPortal(<CopyByHand text={text} close={() => setLast(undefined)} />, document.body)}
    </span>
  );
}
