import { useState } from "react";
import { Field } from "../../ui/form/field.tsx";
import { DoorPage } from "../door.tsx";
import { demoCode } from "./demo-people.ts";
import type { CodePurpose } from "./kept-step.ts";
import { SendAnother } from "./send-another.tsx";
import { Back, StepForm } from "./step-form.tsx";
import type { WayIn } from "./use-sign-in.ts";

const codeLength = 6;
const codeTexts: Record<CodePurpose, { title: string; action: string }> = {
  session: { title: "Check your e-mail", action: "Sign in" },
  account: { title: "Make your account", action: "Make the account" },
  password: { title: "Set a new password", action: "Continue" },
};

type CodeStepProps = { asking: WayIn; email: string; purpose: CodePurpose; sentAt: number; isDemo: boolean };
export function CodeStep({ asking, email, purpose, sentAt, isDemo }: CodeStepProps) {
  const [code, setCode] = useState("");
  const [firstSentAt] = useState(sentAt);
  const { title, action } = codeTexts[purpose];
  const enter = (given: string) => asking.go((flow) => flow.enterCode(given, purpose));
  const write = (text: string) => {
    const digits = text.replace(/\D/g, "").slice(0, codeLength);
    setCode(digits);
    if (digits.length === codeLength && digits !== code) enter(digits);
  };
  const resend = () => {
    setCode("");
    asking.go((flow) => flow.sendCode(email, purpose));
  };
  return (
    <DoorPage title={title}>
      <p className="sub">
        <span role="status">
          {sentAt === firstSentAt ? "A code was sent" : "Another code was sent"} to {email}.
        </span>
        {purpose === "password" && " With it you choose a new password."}
        {isDemo && ` Here nothing is sent, and the code is ${demoCode}.`}
      </p>
      <StepForm asking={asking} send={() => enter(code)} action={action}>
        <Field label="Code" value={code} set={write} type="digits" autoComplete="one-time-code" focus />
      </StepForm>
      <SendAnother sentAt={sentAt} send={resend} />
      {purpose === "password" && (
        <button
          type="button"
          className="btn"
          onClick={() => asking.go(async (flow) => flow.askPassword(email, sentAt) ?? flow.begin(email))}
        >
          Use the password instead
        </button>
      )}
      <Back asking={asking} />
    </DoorPage>
  );
}
