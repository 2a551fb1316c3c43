import { Plus, Trash2 } from "lucide-react";
import { useId } from "react";
import type { Issue } from "../../../schema/wire/yaml.ts";
import { Field } from "../ui/form/field.tsx";
import styles from "./plan.module.css";
import { type CheckForm, type CheckWrong, newCheckForm, sortCheckIssues, usualCodes } from "./plan-check-form.ts";

const checkKindTitles = { url: "An address answers", file: "A file is there", command: "A command ends well" } as const;
const checkTargetTitles = { url: "Address in the sandbox", file: "File", command: "Command" } as const;
const checkTextTitles = { url: "With this in the answer", file: "With this in it", command: "With this in what it prints" } as const;

type Props = { checks: readonly CheckForm[]; issues: readonly Issue[]; set: (checks: CheckForm[]) => void };
/** The acceptance checks of a task, each to be changed or removed. */
export function CheckFields({ checks, issues, set }: Props) {
  const change = (key: number, to: Partial<CheckForm>) => set(checks.map((check) => (check.key === key ? { ...check, ...to } : check)));
  return (
    <fieldset className={styles.pchecks}>
      <legend>Other checks that must pass</legend>
      {checks.map((check, index) => (
        <CheckFieldset
          key={check.key}
          check={check}
          number={index + 1}
          wrong={sortCheckIssues(issues, index)}
          change={(to) => change(check.key, to)}
          remove={() => set(checks.filter((other) => other.key !== check.key))}
        />
      ))}
      <button type="button" className="btn xs" onClick={() => set([...checks, newCheckForm(checks)])}>
        <Plus className="i s14" aria-hidden="true" /> Add a check
      </button>
    </fieldset>
  );
}

type OneProps = { check: CheckForm; number: number; wrong: CheckWrong; change: (to: Partial<CheckForm>) => void; remove: () => void };
function CheckFieldset({ check, number, wrong, change, remove }: OneProps) {
  const id = useId();
  const turn = (kind: CheckForm["kind"]) => change({ kind, code: usualCodes[kind] });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset in a fieldset reads its legend twice
    <div className={styles.pcheck} role="group" aria-label={`Check ${number}`}>
      <div className="fx wrap">
        <div className="field">
          <label htmlFor={id}>Check {number}</label>
          <select id={id} className="inp" value={check.kind} onChange={(event) => turn(parseCheckKind(event.target.value))}>
            {Object.entries(checkKindTitles).map(([kind, title]) => (
              <option key={kind} value={kind}>
                {title}
              </option>
            ))}
          </select>
        </div>
        <Field
          label={checkTargetTitles[check.kind]}
          value={check.what}
          set={(target) => change({ what: target })}
          wrong={wrong.what}
          mono
        />
        <button type="button" className="ib" onClick={remove} aria-label={`Remove check ${number}`} title="Remove">
          <Trash2 className="i s14" aria-hidden="true" />
        </button>
      </div>
      <div className="fx wrap">
        <Field label={checkTextTitles[check.kind]} value={check.contains} set={(contains) => change({ contains })} wrong={wrong.contains} />
        {check.kind !== "file" && (
          <Field
            label={check.kind === "url" ? "Status" : "Exit code"}
            value={check.code}
            set={(code) => change({ code })}
            wrong={wrong.code}
            type="number"
          />
        )}
        {check.kind === "url" && (
          <Field label="Served by" value={check.serve} set={(serve) => change({ serve })} wrong={wrong.serve} mono />
        )}
      </div>
    </div>
  );
}
function parseCheckKind(value: string): CheckForm["kind"] {
  return value === "file" || value === "command" ? value : "url";
}
