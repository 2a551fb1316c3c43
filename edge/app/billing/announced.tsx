/** Says what was done. It is there before it has a text, or a screen reader would not read that out. */
export const Announced = ({ text }: { text: string | undefined }) => (
  <p role="status" className={text === undefined ? "vh" : "s13"}>
    {text}
  </p>
);
