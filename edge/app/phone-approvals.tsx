import { ChevronDown, ChevronUp } from "lucide-react";
import { useState } from "react";
import { ApprovalDock } from "./approval-dock.tsx";
import { usePending } from "./pending.ts";
import { Ring } from "./ring.tsx";

/** On a phone, on pages without a composer: what waits, above the tab bar, and the whole of it in place. */
export function PhoneApprovals() {
  const pending = usePending();
  const [open, setOpen] = useState(false);
  if (pending.length === 0) return null;
  const title = pending.length === 1 ? "1 approval waiting" : `${pending.length} approvals waiting`;
  return (
    <div className="mappr">
      {open && (
        <div className="mappr-in">
          <ApprovalDock agent={undefined} />
        </div>
      )}
      <button type="button" className="pin" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Ring state="waiting" label="" />
        <span className="grow">{title}</span>
        {open ? <ChevronDown className="i s14" aria-hidden="true" /> : <ChevronUp className="i s14" aria-hidden="true" />}
      </button>
    </div>
  );
}
