import { useEffect, useRef, useState } from "react";
import { AppError } from "../../../../schema/wire/error.ts";
import { providerPath, readRefusal } from "../clerk.ts";
import type { Sessions } from "../session.ts";
import { waitWithin } from "../wait-within.ts";
import { describeRefusal } from "./describe-refusal.ts";
import { keepStep, readKeptStep, type SignInStep } from "./kept-step.ts";
import { SignInFlow } from "./sign-in-flow.ts";

/** What a press does: it comes to the next step, or to undefined once somebody is signed in. */
type Press = (flow: SignInFlow) => Promise<SignInStep | undefined>;
export type WayIn = {
  flow: SignInFlow | undefined;
  /** Undefined until it is known where a page that was loaded again goes on. */
  step: SignInStep | undefined;
  busy: boolean;
  error: string | undefined;
  go: (press: Press) => void;
  back: () => void;
};
/** Milliseconds until a press is said to take long, and another can be made. */
const answeredWithin = 10_000;
const checkWaits = "The check above waits for you. Answer it, or use another way in.";

/** Once more where no answer came: a browser gives up its calls when the machine's network changes. */
async function tryAgain<T>(press: () => Promise<T>, isWanted: () => boolean): Promise<T> {
  try {
    return await press();
  } catch (error) {
    if (readRefusal(error) || error instanceof AppError) throw error;
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (!isWanted()) throw error;
    return press();
  }
}
const describeWait = (error: unknown): string => {
  const isLate = error instanceof AppError && error.code === "timeout";
  return isLate && document.querySelector("#clerk-captcha > *") ? checkWaits : describeRefusal(error);
};

/**
 * One way in at a time: a second press while one is under way does nothing. One that takes long says so and
 * lets others be made; what comes of it still counts until something else is pressed.
 */
export function useSignIn(sessions: Sessions): WayIn {
  const kept = useRef(readKeptStep());
  const [step, setStep] = useState<SignInStep | undefined>(() =>
    kept.current && kept.current.step.at !== "forgotten" ? undefined : (kept.current?.step ?? { at: "address" }),
  );
  const [busy, setBusy] = useState(location.pathname === providerPath);
  const [error, setError] = useState<string>();
  const [flow, setFlow] = useState<SignInFlow>();
  const newest = useRef(0);
  const running = useRef(false);

  /** Clerk's script may still be loading: a press waits for it. */
  const prepare = async (isWanted: () => boolean) => {
    const known = new SignInFlow(await sessions.clerk(), isWanted);
    setFlow(known);
    return known;
  };
  const show = (known: SignInFlow, next: SignInStep | undefined) => {
    keepStep(next && next.at !== "address" ? known.keep(next) : undefined);
    if (next) setStep(next);
  };
  const run = async (press: Press) => {
    if (running.current) return;
    running.current = true;
    const number = ++newest.current;
    const isWanted = () => newest.current === number;
    setBusy(true);
    setError(undefined);
    const attempt = async () => {
      const known = await prepare(isWanted);
      const next = await press(known).catch((cause: unknown) => known.follow(cause));
      if (!isWanted()) return;
      show(known, next);
      setError(undefined);
    };
    const work = tryAgain(attempt, isWanted);
    const fail = (cause: unknown) => isWanted() && setError(describeWait(cause));
    work.catch(fail); // also where it takes long
    await waitWithin(answeredWithin, work).catch(fail);
    if (!isWanted()) return;
    running.current = false;
    setBusy(false);
  };
  /** Frees what is under way: it is nobody's any more. */
  const drop = () => {
    newest.current += 1;
    running.current = false;
    setBusy(false);
    setError(undefined);
  };
  const resume = async () => {
    const { current } = kept;
    if (!current) return prepare(() => true).then(() => undefined);
    await run(async (known) => {
      const next = await (current.step.at === "forgotten" ? known.sendCode(current.step.email, "password") : known.resume(current));
      kept.current = undefined;
      return next;
    });
    if (kept.current) setStep((shown) => shown ?? { at: "address" }); // Clerk is away: what was kept stays for a reload
  };
  const begin = async () => {
    if (location.pathname !== providerPath) return resume();
    const restore = () => location.pathname === providerPath && history.replaceState(null, "", "/");
    return run((known) => known.returnFromProvider().finally(restore));
  };
  const first = useRef(begin);
  useEffect(() => {
    first.current().catch((cause: unknown) => !running.current && setError(describeRefusal(cause)));
    return () => keepStep(undefined); // somebody is signed in: the next sign-in begins anew
  }, []);
  const back = () => {
    drop();
    setStep({ at: "address" });
    keepStep(undefined);
  };
  return { flow, step, busy, error, go: (press) => void run(press), back };
}
