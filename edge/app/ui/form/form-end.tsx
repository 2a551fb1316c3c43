import { Refusal } from "../refusal.tsx";

type Change = { isPending: boolean; isError: boolean; error: unknown };
type Props = {
  change: Change;
  /** What follows the reason where the change failed: that nothing was changed, and what is kept. */
  unchanged: string;
  press: string;
  busy: string;
  onClose: () => void;
  /** For a change that takes something away: how its press looks, and whether it can be pressed. */
  danger?: { ready: boolean };
};
/** The end of a form: what went wrong, the press that sends it, and the way out. */
export function FormEnd({ change, unchanged, press, busy, onClose, danger }: Props) {
  return (
    <>
      {change.isError && (
        <p className="s13 c-bad" role="alert">
          <Refusal error={change.error}> {unchanged}</Refusal>
        </p>
      )}
      <div className="fx">
        <button type="submit" className={danger ? "btn bad" : "btn pri"} aria-disabled={danger?.ready === false || change.isPending}>
          {change.isPending ? busy : press}
        </button>
        <button type="button" className="btn ghost" onClick={onClose}>
          Cancel
        </button>
      </div>
    </>
  );
}
