import { Check, Copy } from "lucide-react";
import { useState } from "react";

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setDone(true),
      () => setDone(false),
    );
  return (
    <button type="button" className="ib xs" aria-label={done ? "Copied" : label} onClick={() => void copy()} onBlur={() => setDone(false)}>
      {done ? <Check className="i s14" aria-hidden="true" /> : <Copy className="i s14" aria-hidden="true" />}
    </button>
  );
}
