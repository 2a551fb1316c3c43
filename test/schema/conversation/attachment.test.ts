import { describe, expect, test } from "vitest";
import { attachmentName, attachmentNote, pictureType, sanitizeName } from "../../../schema/conversation/attachment.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

describe("an attached file's name", () => {
  test.each([
    ["photo.png", "photo.png"],
    ["Straße é.png", "Stra-e-e.png"],
    ["../../etc/passwd", "etc-passwd"],
    ["..\\..\\x.bat", "x.bat"],
    [".ssh", "ssh"],
    ["-rf", "rf"],
    ["a b;rm -rf $HOME`x`.txt", "a-b-rm--rf--HOME-x-.txt"],
    ["x\u0000\n\u202egnp.exe", "x---gnp.exe"],
    ["lone \ud800 half", "lone---half"],
    ["日本", "file"],
    ["", "file"],
  ])("%j becomes %j", (given, name) => expect(sanitizeName(given)).toBe(name));

  test("of any kind is one that the box, a path and a page take, in time in proportion to its length", () => {
    const worst = [
      "\u0301".repeat(1_000_000),
      `${"a".repeat(1_000_000)}.png`,
      "ﷺ".repeat(300_000),
      "-.".repeat(500_000),
      `${".".repeat(1_000_000)}x`,
    ];
    for (const given of worst) expect(attachmentName.safeParse(`0123456789-${sanitizeName(given)}`).success).toBe(true);
    for (const piece of ["\u0301", "a", "ﷺ", "-.", "."])
      for (const size of [100, 250_000])
        expectLinear(`${size} of ${piece}`, size, (length) => `${fillText(piece)(length)}.png`, sanitizeName);
    expect(sanitizeName(`${"a".repeat(300)}.png`)).toMatch(/^a{76}\.png$/);
  });
});

test("a picture is known by its bytes, never by its name; what can run in a page is none", () => {
  const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  expect(pictureType(bytes("\x89PNG\r\n\x1a\nrest"))).toBe("image/png");
  expect(pictureType(bytes("\xff\xd8\xff\xe0"))).toBe("image/jpeg");
  expect(pictureType(bytes("GIF89a"))).toBe("image/gif");
  expect(pictureType(bytes("RIFF0000WEBPVP8 "))).toBe("image/webp");
  for (const other of ["<svg onload=alert(1)>", "<html>", "RIFF0000AVI ", "", "%PDF-1.7"])
    expect(pictureType(bytes(other))).toBeUndefined();
});

test("the agent is told where the files are, and nothing where there are none", () => {
  expect(attachmentNote([])).toBe("");
  expect(attachmentNote([{ agent: "agt_01M7YNCRKV5EEK6XGQ88615DQS", name: "0123456789-a.png", bytes: 12 }])).toContain(
    "attachments/0123456789-a.png (12 bytes)",
  );
});
