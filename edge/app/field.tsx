import { useId } from "react";

type FieldProps = {
  label: string;
  value: string;
  set: (value: string) => void;
  rows?: number;
  mono?: boolean;
  number?: boolean;
  date?: boolean;
  focus?: boolean;
  /** Offered while one types; another word may be typed all the same. */
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
      {rows ? (
        <textarea {...state} className={`${className} area`} rows={rows} onChange={(event) => set(event.target.value)} />
      ) : (
        <input
          {...state}
          className={className}
          list={choices ? `${id}-choices` : undefined}
          type={date ? "date" : "text"}
          inputMode={number ? "decimal" : "text"}
          // biome-ignore lint/a11y/noAutofocus: the form opens because the person asked for it
          autoFocus={focus}
          onChange={(event) => set(event.target.value)}
        />
      )}
      {choices && (
        <datalist id={`${id}-choices`}>
          {choices.map((one) => (
            <option key={one.id} value={one.id}>
              {one.title}
            </option>
          ))}
        </datalist>
      )}
      {wrong !== undefined && (
        <p id={`${id}-wrong`} className="s12 c-bad">
          {wrong}
        </p>
      )}
    </div>
  );
}
