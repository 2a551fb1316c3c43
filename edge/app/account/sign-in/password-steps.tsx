import { useState } from "react";
import { Field } from "../../ui/form/field.tsx";
import { DoorPage } from "../door.tsx";
import { Back, StepForm } from "./step-form.tsx";
import type { WayIn } from "./use-sign-in.ts";

type PasswordStepProps = { asking: WayIn; email: string; hasCode: boolean; canReset: boolean; resetSentAt?: number | undefined };
export function PasswordStep({ asking, email, hasCode, canReset, resetSentAt }: PasswordStepProps) {
  const [password, setPassword] = useState("");
  return (
    <DoorPage title="Your password">
      <p className="sub">For {email}</p>
      <StepForm asking={asking} send={() => asking.go((flow) => flow.enterPassword(password))} action="Sign in">
        <Field label="Password" value={password} set={setPassword} type="password" autoComplete="current-password" focus />
      </StepForm>
      {hasCode && (
        <button type="button" className="btn" onClick={() => asking.go((flow) => flow.sendCode(email, "session"))}>
          Send me a code instead
        </button>
      )}
      {canReset && (
        <button type="button" className="btn" onClick={() => asking.go((flow) => flow.sendCode(email, "password", resetSentAt))}>
          Forgot your password?
        </button>
      )}
      <Back asking={asking} />
    </DoorPage>
  );
}

/** The code is sent as the page opens; its press is there for when that did not succeed. */
export function ForgottenStep({ asking, email }: { asking: WayIn; email: string }) {
  return (
    <DoorPage title="Set a new password">
      <p className="sub">A code is sent to {email}. With it you choose a new password.</p>
      <StepForm asking={asking} send={() => asking.go((flow) => flow.sendCode(email, "password"))} action="Send the code" />
      <Back asking={asking} />
    </DoorPage>
  );
}

export function NewPasswordStep({ asking, email }: { asking: WayIn; email: string }) {
  const [password, setPassword] = useState("");
  const send = () => asking.go((flow) => flow.choosePassword(password));
  return (
    <DoorPage title="Choose a new password">
      <p className="sub">For {email}. It signs you in here and signs you out everywhere else. Your agents go on.</p>
      <StepForm asking={asking} send={send} action="Set the password and sign in">
        {/* A manager of passwords keeps the new one under this name. */}
        <input hidden readOnly name="username" autoComplete="username" value={email} />
        <Field label="New password" value={password} set={setPassword} type="password" autoComplete="new-password" focus />
      </StepForm>
      <Back asking={asking} />
    </DoorPage>
  );
}
