import styles from "./dialogs.module.css";
import type { ConfirmQuestion } from "./screen.ts";
import { Sheet } from "./sheet.tsx";

/** Asks before something is stopped or ended. The way back has the focus. */
export function Sure({ question, close }: { question: ConfirmQuestion; close: () => void }) {
  const yes = () => {
    close();
    question.act();
  };
  return (
    <Sheet label={question.title} className={styles.sure} close={close}>
      <h2>{question.title}</h2>
      <div className="sub">{question.text}</div>
      <div className="fx">
        {/* biome-ignore lint/a11y/noAutofocus: a sheet that the person has opened begins at the harmless answer */}
        <button type="button" className="btn" autoFocus onClick={close}>
          Go back
        </button>
        {typeof question.yes === "string" ? (
          <button type="button" className={question.harmless ? "btn pri" : "btn bad"} onClick={yes}>
            {question.yes}
          </button>
        ) : (
          question.yes(yes)
        )}
      </div>
    </Sheet>
  );
}

export const stopQuestion = (act: () => void): ConfirmQuestion => ({
  title: "Stop the stack?",
  text: "Your agents stop what they are doing now. Nothing is lost; a message or Start brings it back.",
  yes: "Stop it",
  act,
});
export const signOutQuestion = (act: () => void): ConfirmQuestion => ({
  title: "Sign out?",
  text: "Your agents go on. This device shows no more reminders until you sign in again; what you wrote and have not sent stays on it.",
  yes: "Sign out",
  act,
});
