import { useState } from "react";
import { z } from "zod";
import { Field } from "../../ui/form/field.tsx";
import { DoorPage } from "../door.tsx";
import { demoCode, demoPeople } from "./demo-people.ts";
import { StepForm } from "./step-form.tsx";
import type { WayIn } from "./use-sign-in.ts";

/** The first step, at which Clerk makes an account for an address that it does not know. */
export function AddressStep({ asking, ended, isDemo }: { asking: WayIn; ended: boolean; isDemo: boolean }) {
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
        <div>
          <Field label="E-mail address" value={email} set={setEmail} wrong={wrong} type="email" autoComplete="email" maxLength={120} />
          <CaptchaPlace />
        </div>
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

/** No room of its own while it is empty: Clerk's script makes room in it once somebody is asked. */
const captchaRoom = { marginTop: "var(--s3)", marginBottom: "calc(-1 * var(--s3))" };
/**
 * Where Clerk's bot protection asks a person whom it takes for a program: its script looks for this id. With
 * no such place the check is invisible, and who does not pass it can't sign up.
 */
function CaptchaPlace() {
  const theme = document.documentElement.dataset.theme ?? "auto";
  return (
    <div style={captchaRoom}>
      <div id="clerk-captcha" data-cl-theme={theme} data-cl-size="flexible" />
    </div>
  );
}

function DemoPeople({ asking }: { asking: WayIn }) {
  const become = (email: string) =>
    asking.go(async (flow) => {
      const next = await flow.begin(email);
      return next?.at === "code" ? flow.enterCode(demoCode, next.purpose) : next;
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
