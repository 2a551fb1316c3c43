import { useId } from "react";
import { ownerTitle } from "../../live/team-log.ts";

type FieldProps = {
  label: string;
  value: string;
  set: (value: string) => void;
  rows?: number;
  /** Code: nothing corrects or completes it. */
  mono?: boolean;
  /** `digits`: a code, which a phone's keyboard of digits writes. */
  type?: "text" | "number" | "digits" | "date" | "password" | "url" | "email";
  /** What a browser may fill in. */
  autoComplete?: string;
  focus?: boolean;
  placeholder?: string;
  maxLength?: number;
  /** One of these, or the value from before. */
  choices?: { id: string; title: string }[];
  wrong?: string | undefined;
};
/** One labelled line or area of a form. */
export function Field({
  label,
  value,
  set,
  rows,
  mono,
  type = "text",
  autoComplete,
  focus,
  placeholder,
  maxLength,
  choices,
  wrong,
}: FieldProps) {
  const id = useId();
  const className = mono ? "inp mono" : "inp";
  const code = mono ? { autoComplete: type === "password" ? "new-password" : "off", autoCapitalize: "none", spellCheck: false } : {};
  const invalid = { "aria-invalid": wrong !== undefined, "aria-describedby": wrong === undefined ? undefined : `${id}-wrong` };
  const state = { id, value, maxLength, placeholder, ...code, ...(autoComplete ? { autoComplete } : {}), ...invalid };
  return (
    <div className="field grow">
      <label htmlFor={id}>{label}</label>
      {choices ? (
        <select id={id} value={value} {...invalid} className={className} onChange={(event) => set(event.target.value)}>
          {!choices.some((choice) => choice.id === value) && <option value={value}>{ownerTitle(value)}</option>}
          {choices.map((choice) => (
            <option key={choice.id} value={choice.id}>
              {choice.title}
            </option>
          ))}
        </select>
      ) : rows ? (
        <textarea {...state} className={`${className} area`} rows={rows} onChange={(event) => set(event.target.value)} />
      ) : (
        <input
          {...state}
          className={className}
          type={type === "number" || type === "digits" ? "text" : type}
          inputMode={type === "number" ? "decimal" : type === "digits" ? "numeric" : type === "email" ? "email" : "text"}
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
