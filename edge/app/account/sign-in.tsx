import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { z } from "zod";
import { AppError } from "../../../schema/wire/error.ts";
import { describeError } from "../ui/describe-error.ts";
import { Field } from "../ui/form/field.tsx";
import { Ring } from "../ui/ring.tsx";
import { providerPath, readRefusal } from "./clerk.ts";
import { demoCode, demoPeople } from "./demo-people.ts";
import { DoorPage } from "./door.tsx";
import type { Sessions } from "./session.ts";
import { type MissingName, SignInFlow, type SignInStep } from "./sign-in-flow.ts";

const nameLabels: Record<MissingName, string> = { first_name: "First name", last_name: "Last name", password: "New password" };
const secondLabels = {
  totp: "Code of your authenticator app",
  email_code: "Code from your e-mail",
  phone_code: "Code from your phone",
  backup_code: "One of your backup codes",
};
const codeLength = 6;

/** What a press does: it comes to the next step, or to undefined once somebody is signed in. */
type Press = (flow: SignInFlow) => Promise<SignInStep | undefined>;
type WayIn = {
  flow: SignInFlow | undefined;
  step: SignInStep;
  busy: boolean;
  error: string | undefined;
  go: (press: Press) => void;
  back: () => void;
};

/** Once more where no answer came: a browser gives up its calls when the machine's network changes. */
async function tryAgain<T>(press: () => Promise<T>): Promise<T> {
  try {
    return await press();
  } catch (error) {
    if (readRefusal(error) || error instanceof AppError) throw error;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return press();
  }
}
/** One way in at a time: a second press while one is under way does nothing. */
function useSignIn(sessions: Sessions): WayIn {
  const [step, setStep] = useState<SignInStep>({ at: "address" });
  const [busy, setBusy] = useState(location.pathname === providerPath);
  const [error, setError] = useState<string>();
  const [flow, setFlow] = useState<SignInFlow>();
  const running = useRef(false);
  /** Clerk's script may still be loading: a press waits for it. */
  const prepare = async () => {
    const known = new SignInFlow(await sessions.clerk());
    setFlow(known);
    return known;
  };
  const tell = (cause: unknown) => setError(readRefusal(cause)?.message ?? describeError(cause).message);
  const run = async (press: Press) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(undefined);
    try {
      const next = await tryAgain(async () => press(await prepare()));
      if (next) setStep(next);
    } catch (cause) {
      tell(cause);
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  const begin = async () => {
    if (location.pathname !== providerPath) return void (await tryAgain(prepare).catch((cause) => running.current || tell(cause)));
    await run(async (known) => {
      await known.returnFromProvider().finally(() => location.pathname === providerPath && history.replaceState(null, "", "/"));
      return undefined;
    });
  };
  const first = useRef(begin);
  useEffect(() => void first.current(), []);
  const back = () => {
    setError(undefined);
    setStep({ at: "address" });
  };
  return { flow, step, busy, error, go: (press) => void run(press), back };
}

/** An address, then what Clerk asks for it. Drawn by us: Clerk's own page is 411 kB in 132 files. */
export default function SignIn({ ended, sessions }: { ended: boolean; sessions: Sessions }) {
  const asking = useSignIn(sessions);
  switch (asking.step.at) {
    case "address":
      return <AddressStep asking={asking} ended={ended} isDemo={sessions.config?.demo.identity === true} />;
    case "password":
      return <PasswordStep asking={asking} {...asking.step} />;
    case "code":
      return <CodeStep asking={asking} isDemo={sessions.config?.demo.identity === true} {...asking.step} />;
    case "second":
      return <SecondStep asking={asking} {...asking.step} />;
    case "name":
      return <NameStep asking={asking} {...asking.step} />;
  }
}

type StepFormProps = { asking: WayIn; send: () => void; action: string; children: ReactNode };
function StepForm({ asking, send, action, children }: StepFormProps) {
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  return (
    <form className="col" style={{ gap: "var(--s3)" }} onSubmit={onSubmit} noValidate>
      {children}
      {asking.error !== undefined && (
        <p className="c-bad s13" role="alert">
          {asking.error}
        </p>
      )}
      <button type="submit" className="btn pri big" aria-disabled={asking.busy}>
        {asking.busy && <Ring state="working" label="" />} {action}
      </button>
    </form>
  );
}
function Back({ asking }: { asking: WayIn }) {
  return (
    <button type="button" className="btn ghost" onClick={asking.back}>
      Use another address
    </button>
  );
}

function AddressStep({ asking, ended, isDemo }: { asking: WayIn; ended: boolean; isDemo: boolean }) {
  const [email, setEmail] = useState("");
  const [wrong, setWrong] = useState<string>();
  const send = () => {
    const given = email.trim();
    const isAddress = z.email().safeParse(given).success;
    setWrong(isAddress ? undefined : "Write your e-mail address, such as you@example.com.");
    if (isAddress) asking.go((flow) => flow.begin(given));
  };
  return (
    <DoorPage title={ended ? "You were signed out" : "Sign in to GrowQR"}>
      <p className="sub">
        {ended
          ? "Your session ended. What you wrote and have not sent is kept on this device."
          : "Tell it what you need: a website, a page, a plan. An agent of your own makes it, keeps it and remembers."}
      </p>
      <StepForm asking={asking} send={send} action="Continue">
        <Field label="E-mail address" value={email} set={setEmail} wrong={wrong} type="email" autoComplete="email" maxLength={120} />
      </StepForm>
      {(asking.flow?.providers ?? []).map(({ strategy, name }) => (
        <button
          key={strategy}
          type="button"
          className="btn big"
          onClick={() => asking.go((flow) => flow.leaveFor(strategy).then(() => undefined))}
        >
          Continue with {name}
        </button>
      ))}
      {isDemo && <DemoPeople asking={asking} />}
    </DoorPage>
  );
}

function DemoPeople({ asking }: { asking: WayIn }) {
  const become = (email: string) =>
    asking.go(async (flow) => {
      const next = await flow.begin(email);
      return next?.at === "code" ? flow.enterCode(demoCode, next.isNew) : next;
    });
  return (
    <section className="col" style={{ gap: "var(--s2)" }} aria-label="Demo people">
      <p className="s12 sub">
        This copy has a demo sign-in: nothing is sent, any address works, and its code is {demoCode}. Or be one of these:
      </p>
      {demoPeople.map(({ email, name, about }) => (
        <button key={email} type="button" className="btn" onClick={() => become(email)}>
          <b>{name}</b>
          <span className="sub grow t">{about}</span>
        </button>
      ))}
    </section>
  );
}

function PasswordStep({ asking, email, hasCode }: { asking: WayIn; email: string; hasCode: boolean }) {
  const [password, setPassword] = useState("");
  return (
    <DoorPage title="Your password">
      <p className="sub">For {email}</p>
      <StepForm asking={asking} send={() => asking.go((flow) => flow.enterPassword(password))} action="Sign in">
        <Field label="Password" value={password} set={setPassword} type="password" autoComplete="current-password" focus />
      </StepForm>
      {hasCode && (
        <button type="button" className="btn" onClick={() => asking.go((flow) => flow.sendCode(email))}>
          Send me a code instead
        </button>
      )}
      <Back asking={asking} />
    </DoorPage>
  );
}

type CodeStepProps = { asking: WayIn; email: string; isNew: boolean; isDemo: boolean };
function CodeStep({ asking, email, isNew, isDemo }: CodeStepProps) {
  const [code, setCode] = useState("");
  const [resent, setResent] = useState(false);
  const enter = (given: string) => asking.go((flow) => flow.enterCode(given, isNew));
  const write = (text: string) => {
    const digits = text.replace(/\D/g, "").slice(0, codeLength);
    setCode(digits);
    if (digits.length === codeLength && digits !== code) enter(digits);
  };
  const resend = () =>
    asking.go(async (flow) => {
      const step = await flow.sendCode(email, isNew);
      setResent(true);
      return step;
    });
  return (
    <DoorPage title={isNew ? "Make your account" : "Check your e-mail"}>
      <p className="sub">
        {resent ? "Another code was sent" : "A code was sent"} to {email}.{isDemo && ` Here nothing is sent, and the code is ${demoCode}.`}
      </p>
      <StepForm asking={asking} send={() => enter(code)} action={isNew ? "Make the account" : "Sign in"}>
        <Field label="Code" value={code} set={write} type="digits" autoComplete="one-time-code" focus />
      </StepForm>
      <button type="button" className="btn" onClick={resend}>
        Send another code
      </button>
      <Back asking={asking} />
    </DoorPage>
  );
}

function SecondStep({ asking, by }: { asking: WayIn; by: keyof typeof secondLabels }) {
  const [code, setCode] = useState("");
  const send = () => asking.go((flow) => flow.enterSecond(by, code.trim()));
  return (
    <DoorPage title="One more step">
      <p className="sub">Your account asks for a second proof that it is you.</p>
      <StepForm asking={asking} send={send} action="Sign in">
        <Field label={secondLabels[by]} value={code} set={setCode} autoComplete="one-time-code" focus />
      </StepForm>
      <Back asking={asking} />
    </DoorPage>
  );
}

function NameStep({ asking, missing }: { asking: WayIn; missing: MissingName[] }) {
  const [told, setTold] = useState<Partial<Record<MissingName, string>>>({});
  const autoComplete = { first_name: "given-name", last_name: "family-name", password: "new-password" };
  return (
    <DoorPage title="Nearly there">
      <StepForm asking={asking} send={() => asking.go((flow) => flow.enterName(told))} action="Make the account">
        {missing.map((name, index) => (
          <Field
            key={name}
            label={nameLabels[name]}
            value={told[name] ?? ""}
            set={(text) => setTold((before) => ({ ...before, [name]: text }))}
            type={name === "password" ? "password" : "text"}
            autoComplete={autoComplete[name]}
            focus={index === 0}
          />
        ))}
      </StepForm>
      <Back asking={asking} />
    </DoorPage>
  );
}
