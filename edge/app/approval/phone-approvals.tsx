import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, ChevronUp } from "lucide-react";
import { useState } from "react";
import { useSpace } from "../live/workspace.ts";
import { mayRun } from "../stack/stack-words.ts";
import { Ring } from "../ui/ring.tsx";
import { ApprovalDock } from "./approval-dock.tsx";
import { useWaiting } from "./pending.ts";
import styles from "./phone-approvals.module.css";

/**
 * What waits, above a phone's tab bar on pages without a composer. Questions open in place. While the account
 * does not let the stack run no answer sets anything in motion: the banner says so, and the Inbox has them.
 */
export function PhoneApprovals() {
  const { approvals, n, text } = useWaiting();
  const { me } = useSpace();
  const [open, setOpen] = useState(false);
  if (n === 0 || !mayRun(me)) return null;
  return (
    <div className={styles.mappr}>
      {open && approvals.length > 0 && (
        <div className={styles.mapprIn}>
          <ApprovalDock agent={undefined} />
        </div>
      )}
      {approvals.length > 0 ? (
        <button type="button" className="pin" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Ring state="waiting" label="" />
          <span className="grow">{text}</span>
          {open ? <ChevronDown className="i s14" aria-hidden="true" /> : <ChevronUp className="i s14" aria-hidden="true" />}
        </button>
      ) : (
        <Link className="pin" to="/inbox">
          <Ring state="waiting" label="" />
          <span className="grow">{text}</span>
          <ChevronRight className="i s14" aria-hidden="true" />
        </Link>
      )}
    </div>
  );
}
