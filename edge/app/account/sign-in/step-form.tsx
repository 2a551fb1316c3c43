import type { FormEvent, ReactNode } from "react";
import { Ring } from "../../ui/ring.tsx";
import type { WayIn } from "./use-sign-in.ts";

type StepFormProps = { asking: WayIn; send: () => void; action: string; children?: ReactNode };
/** One step: its fields, what was refused, and the press that goes on. */
export function StepForm({ asking, send, action, children }: StepFormProps) {
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  return (
    <form className="col" style={{ gap: "var(--s3)" }} onSubmit={onSubmit} noValidate>
      {children}
      {asking.error !== undefined && (
        <p className="c-bad s13" role="alert">
          {asking.error}
        </p>
      )}
      <button type="submit" className="btn pri big" aria-disabled={asking.busy}>
        {asking.busy && <Ring state="working" label="" />} {action}
      </button>
    </form>
  );
}

export function Back({ asking }: { asking: WayIn }) {
  return (
    <button type="button" className="btn ghost" onClick={asking.back}>
      Use another address
    </button>
  );
}
