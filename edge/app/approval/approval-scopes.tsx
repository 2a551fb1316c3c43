import type { ApprovalScope } from "../../../schema/approval/approval.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import styles from "./approval-card.module.css";
import { describeScope, scopeTitles } from "./approval-words.ts";

type Props = { approval: ApprovalView; scope: ApprovalScope; choose: (scope: ApprovalScope) => void; agentTitle: string };

/** How far a yes reaches: every scope that the question allows. */
export function Scopes({ approval, scope, choose, agentTitle }: Props) {
  return (
    <fieldset className={styles.scopes}>
      <legend>What your yes covers</legend>
      {approval.scopes.map((offered) => (
        <label key={offered} className={styles.radio}>
          <input type="radio" name={`scope-${approval.id}`} checked={scope === offered} onChange={() => choose(offered)} />
          <span>
            <b className="med">{offered === "agent" ? `For ${agentTitle}` : scopeTitles[offered]}</b>{" "}
            <span className="sub">{describeScope(offered, agentTitle)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
