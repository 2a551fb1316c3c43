import dialogs from "../shell/dialogs.module.css";
import { Sheet } from "../shell/sheet.tsx";

/** A text that the browser does not let the page copy: selected, so that one key or the menu copies it. */
export function CopyByHand({ text, close }: { text: string; close: () => void }) {
  return (
    <Sheet label="Copy it yourself" className={dialogs.sure} close={close}>
      <h2>Copy it yourself</h2>
      <p className="sub">Your browser does not allow this page to copy. The text is selected: copy it with your keyboard or its menu.</p>
      <textarea
        className="inp area mono"
        aria-label="Text to copy"
        readOnly
        rows={4}
        value={text}
        onFocus={(event) => event.currentTarget.select()}
      />
      <div className="fx">
        <button type="button" className="btn" onClick={close}>
          Close
        </button>
      </div>
    </Sheet>
  );
}
