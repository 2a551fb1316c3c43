import { useState } from "react";
import { Field } from "../../ui/form/field.tsx";
import { Ring } from "../../ui/ring.tsx";
import { DoorPage } from "../door.tsx";
import type { Sessions } from "../session.ts";
import { AddressStep } from "./address-step.tsx";
import { CodeStep } from "./code-step.tsx";
import type { MissingName } from "./kept-step.ts";
import { ForgottenStep, NewPasswordStep, PasswordStep } from "./password-steps.tsx";
import { SecondStep } from "./second-step.tsx";
import { Back, StepForm } from "./step-form.tsx";
import { useSignIn, type WayIn } from "./use-sign-in.ts";

const nameLabels: Record<MissingName, string> = { first_name: "First name", last_name: "Last name", password: "New password" };
/** An address, then what Clerk asks for it. Drawn by us: Clerk's own page is 411 kB in 132 files. */
export default function SignIn({ ended, sessions }: { ended: boolean; sessions: Sessions }) {
  const asking = useSignIn(sessions);
  const isDemo = sessions.config?.demo.identity === true;
  if (!asking.step)
    return (
      <main className="door">
        <Ring state="working" size={20} label="Loading" />
      </main>
    );
  switch (asking.step.at) {
    case "address":
      return <AddressStep asking={asking} ended={ended} isDemo={isDemo} />;
    case "password":
      return <PasswordStep asking={asking} {...asking.step} />;
    case "forgotten":
      return <ForgottenStep asking={asking} {...asking.step} />;
    case "code":
      return <CodeStep key={asking.step.purpose} asking={asking} isDemo={isDemo} {...asking.step} />;
    case "newPassword":
      return <NewPasswordStep asking={asking} {...asking.step} />;
    case "second":
      return <SecondStep key={asking.step.by} asking={asking} {...asking.step} />;
    case "name":
      return <NameStep asking={asking} {...asking.step} />;
  }
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
