import type { ApprovalScope, ApprovalView } from "../../../schema/approval/approval.ts";
import styles from "./approval-card.module.css";
import { scopeText, scopeTitles } from "./approval-words.ts";

type Props = { of: ApprovalView; scope: ApprovalScope; choose: (scope: ApprovalScope) => void; who: string };

/** How far a yes reaches: every scope that the question allows. */
export function Scopes({ of, scope, choose, who }: Props) {
  return (
    <fieldset className={styles.scopes}>
      <legend>How far does yes go</legend>
      {of.scopes.map((one) => (
        <label key={one} className={styles.radio}>
          <input type="radio" name={`scope-${of.id}`} checked={scope === one} onChange={() => choose(one)} />
          <span>
            <b className="med">{one === "agent" ? `For ${who}` : scopeTitles[one]}</b> <span className="sub">{scopeText(one, who)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
