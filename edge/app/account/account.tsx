import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useContext, useState } from "react";
import { useServices, Workspace } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { TitleAnywhere } from "../shell/title-anywhere.tsx";
import { Field } from "../ui/form/field.tsx";
import { Failed } from "../ui/load-failed.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { Appearance } from "./appearance.tsx";
import { BrowserSessions, sessionsKey } from "./browser-sessions.tsx";
import { Erase } from "./erase.tsx";
import { ExportData } from "./export.tsx";
import { Notifications } from "./notifications.tsx";
import { changePassword, type Person, readPerson, renamePerson } from "./person.ts";
import { keepStep } from "./sign-in/kept-step.ts";

export const personKey = ["person"];

/** Who the person is, where they are signed in, and what they may take along or have erased. */
export function AccountScreen() {
  const { sessions } = useServices();
  const query = useQuery({ queryKey: personKey, queryFn: () => readPerson(sessions), staleTime: 0 });
  const inWorkspace = useContext(Workspace) !== undefined;
  return (
    <>
      <TitleAnywhere text="Your account" />
      <div className="bar">
        <h1>Your account</h1>
      </div>
      <ScrollPage label="Your account">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {query.data ? <Profile person={query.data} /> : query.isPending && <p className="empty s13">Reading</p>}
          <h2>Where you are signed in</h2>
          <BrowserSessions />
          <h2>Appearance</h2>
          <Appearance />
          {inWorkspace && (
            <>
              <h2>Notifications</h2>
              <Notifications />
            </>
          )}
          <h2>Your data</h2>
          <ExportData />
          <h2>Erase</h2>
          <Erase />
        </div>
      </ScrollPage>
    </>
  );
}

function Profile({ person }: { person: Person }) {
  return (
    <>
      <h2>Profile</h2>
      <Name person={person} />
      <ul className="rules" aria-label="E-mail addresses">
        {person.emails.map(({ address, primary, verified }) => (
          <li key={address}>
            <span className="grow rule-what">{address}</span>
            {primary && <span className="chip acc">Primary</span>}
            {!verified && <span className="chip">Not verified</span>}
          </li>
        ))}
      </ul>
      <h2>Password</h2>
      <Password hasPassword={person.hasPassword} />
      {person.hasPassword && <ForgottenPassword email={person.emails.find(({ primary, verified }) => primary && verified)?.address} />}
    </>
  );
}

type Change = { pending: boolean; error: string | undefined; done: boolean; run: (work: () => Promise<unknown>) => void };
/** One change at a time; Clerk's refusals are said in its words. */
function useChange(then: () => Promise<unknown>): Change {
  const [state, setState] = useState<Pick<Change, "pending" | "error" | "done">>({ pending: false, error: undefined, done: false });
  const run = (work: () => Promise<unknown>) => {
    if (state.pending) return;
    setState({ pending: true, error: undefined, done: false });
    work()
      .then(then)
      .then(
        () => setState({ pending: false, error: undefined, done: true }),
        (error: unknown) => setState({ pending: false, error: error instanceof Error ? error.message : String(error), done: false }),
      );
  };
  return { ...state, run };
}
function End({ change, press, busy, done, ready }: { change: Change; press: string; busy: string; done: string; ready: boolean }) {
  return (
    <>
      {change.error !== undefined && (
        <p className="s13 c-bad" role="alert">
          {change.error}
        </p>
      )}
      <div className="fx">
        <button type="submit" className="btn" aria-disabled={change.pending || !ready}>
          {change.pending ? busy : press}
        </button>
        <span role="status" className="s13 sub">
          {change.done && done}
        </span>
      </div>
    </>
  );
}
const submit = (act: () => void) => (event: FormEvent) => {
  event.preventDefault();
  act();
};

function Name({ person }: { person: Person }) {
  const { sessions } = useServices();
  const queries = useQueryClient();
  const [firstName, setFirst] = useState(person.firstName);
  const [lastName, setLast] = useState(person.lastName);
  const change = useChange(() =>
    queries.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === "me" || first === personKey[0] }),
  );
  const names = { firstName: firstName.trim(), lastName: lastName.trim() };
  const ready = names.firstName !== "" && (names.firstName !== person.firstName || names.lastName !== person.lastName);
  return (
    <form className="card col" aria-label="Name" onSubmit={submit(() => ready && change.run(() => renamePerson(sessions, names)))}>
      <div className="fx wrap">
        <Field label="First name" value={firstName} set={setFirst} autoComplete="given-name" maxLength={100} />
        <Field label="Last name" value={lastName} set={setLast} autoComplete="family-name" maxLength={100} />
      </div>
      <End change={change} press="Change the name" busy="Changing" done="Changed." ready={ready} />
    </form>
  );
}

function Password({ hasPassword }: { hasPassword: boolean }) {
  const { sessions } = useServices();
  const queries = useQueryClient();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [others, setOthers] = useState(true);
  const change = useChange(async () => {
    setCurrent("");
    setFresh("");
    await Promise.all([personKey, sessionsKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
  });
  const ready = fresh !== "" && (!hasPassword || current !== "");
  const passwords = { ...(hasPassword ? { currentPassword: current } : {}), newPassword: fresh, signOutOfOtherSessions: others };
  return (
    <form
      className="card col"
      aria-label="Password"
      onSubmit={submit(() => ready && change.run(() => changePassword(sessions, passwords)))}
    >
      {!hasPassword && <p className="s13 sub">You sign in by a code or another account. With a password you can use that too.</p>}
      <div className="fx wrap">
        {hasPassword && <Field label="Current password" value={current} set={setCurrent} type="password" autoComplete="current-password" />}
        <Field label="New password" value={fresh} set={setFresh} type="password" autoComplete="new-password" />
      </div>
      <label className="fx check" style={{ minHeight: "var(--ctl)" }}>
        <input type="checkbox" checked={others} onChange={(event) => setOthers(event.target.checked)} />
        <span>Sign out everywhere else</span>
      </label>
      <End
        change={change}
        press={hasPassword ? "Change the password" : "Set a password"}
        busy="Changing"
        done="Your password is changed."
        ready={ready}
      />
    </form>
  );
}

/** Without the current one a new password is set as at the sign-in, for which the person is signed out. */
function ForgottenPassword({ email }: { email: string | undefined }) {
  const { sessions } = useServices();
  const { ask } = useScreen();
  if (email === undefined) return null;
  const question = {
    title: "Set a new password by e-mail?",
    text: `This browser is signed out, and a code is sent to ${email}. With it you choose a new password and are signed in again. Your agents go on.`,
    yes: "Sign out and send the code",
    act: () => sessions.signOut(() => keepStep({ step: { at: "forgotten", email } })),
  };
  return (
    <p className="s13">
      <button type="button" className="link" onClick={() => ask(question)}>
        Forgot your password?
      </button>
    </p>
  );
}
