import { useId } from "react";
import { ownerTitle } from "../live/team-log.ts";

type FieldProps = {
  label: string;
  value: string;
  set: (value: string) => void;
  rows?: number;
  mono?: boolean;
  number?: boolean;
  date?: boolean;
  focus?: boolean;
  /** One of these, or what it was before. */
  choices?: { id: string; title: string }[];
  wrong?: string | undefined;
};
/** One labelled line or area of a form. */
export function Field({ label, value, set, rows, mono, number, date, focus, choices, wrong }: FieldProps) {
  const id = useId();
  const className = mono ? "inp mono" : "inp";
  const state = { id, value, "aria-invalid": wrong !== undefined, "aria-describedby": wrong === undefined ? undefined : `${id}-wrong` };
  return (
    <div className="field grow">
      <label htmlFor={id}>{label}</label>
      {choices ? (
        <select {...state} className={className} onChange={(event) => set(event.target.value)}>
          {!choices.some((one) => one.id === value) && <option value={value}>{ownerTitle(value)}</option>}
          {choices.map((one) => (
            <option key={one.id} value={one.id}>
              {one.title}
            </option>
          ))}
        </select>
      ) : rows ? (
        <textarea {...state} className={`${className} area`} rows={rows} onChange={(event) => set(event.target.value)} />
      ) : (
        <input
          {...state}
          className={className}
          type={date ? "date" : "text"}
          inputMode={number ? "decimal" : "text"}
          // biome-ignore lint/a11y/noAutofocus: the form opens because the person asked for it
          autoFocus={focus}
          onChange={(event) => set(event.target.value)}
        />
      )}
      {wrong !== undefined && (
        <p id={`${id}-wrong`} className="s12 c-bad">
          {wrong}
        </p>
      )}
    </div>
  );
}
