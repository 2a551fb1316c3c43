import { useState } from "react";
import { Field } from "../../ui/form/field.tsx";
import { DoorPage } from "../door.tsx";
import type { SecondFactor } from "./kept-step.ts";
import { SendAnother } from "./send-another.tsx";
import { Back, StepForm } from "./step-form.tsx";
import type { WayIn } from "./use-sign-in.ts";

const secondTexts: Record<SecondFactor, { label: string; choice: string }> = {
  totp: { label: "Code of your authenticator app", choice: "Use your authenticator app" },
  email_code: { label: "Code from your e-mail", choice: "Send a code to your e-mail" },
  phone_code: { label: "Code from your phone", choice: "Send a code to your phone" },
  backup_code: { label: "One of your backup codes", choice: "Use a backup code" },
};

type SecondStepProps = { asking: WayIn; by: SecondFactor; others: SecondFactor[]; to?: string | undefined; sentAt?: number | undefined };
/** A second proof: of an account that asks for two, or of a person in a browser that Clerk does not know. */
export function SecondStep({ asking, by, others, to, sentAt }: SecondStepProps) {
  const [code, setCode] = useState("");
  const [firstSentAt] = useState(sentAt);
  const send = () => asking.go((flow) => flow.enterSecond(by, code.trim()));
  const choose = (other: SecondFactor) => {
    setCode("");
    asking.go((flow) => flow.askSecond(other));
  };
  return (
    <DoorPage title="One more step">
      <p className="sub">
        A second proof that it is you.{" "}
        <span role="status">
          {sentAt !== undefined && `${sentAt === firstSentAt ? "A code" : "Another code"} was sent${to === undefined ? "" : ` to ${to}`}.`}
        </span>
      </p>
      <StepForm asking={asking} send={send} action="Sign in">
        <Field label={secondTexts[by].label} value={code} set={setCode} autoComplete="one-time-code" focus />
      </StepForm>
      {sentAt !== undefined && <SendAnother sentAt={sentAt} send={() => choose(by)} />}
      {others.map((other) => (
        <button key={other} type="button" className="btn" onClick={() => choose(other)}>
          {secondTexts[other].choice}
        </button>
      ))}
      <Back asking={asking} />
    </DoorPage>
  );
}
