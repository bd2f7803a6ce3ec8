import { beforeEach, expect, test } from "vitest";
import { takeToken, tokenIn, trackingTokenIn } from "./session";

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

test.each([
  ["#token=rlv_abcdefgh-_1", "rlv_abcdefgh-_1"],
  ["https://coop.example/courier#token=rlv_abcdefgh", "rlv_abcdefgh"],
  ["  rlv_abcdefgh \n", "rlv_abcdefgh"],
  ["hello", null],
  ["", null],
])("in %j the token is %j", (text, token) => {
  expect(tokenIn(text)).toBe(token);
});

test("a customer's link is recognised", () => {
  expect(trackingTokenIn("https://coop.example/t/rlv_abcdefgh")).toBe("rlv_abcdefgh");
  expect(trackingTokenIn("https://coop.example/courier#token=rlv_abcdefgh")).toBeNull();
});

test("the token leaves the address and stays with the page", () => {
  history.replaceState(null, "", "/courier#token=rlv_abcdefgh");
  expect(takeToken("courier")).toBe("rlv_abcdefgh");
  expect(location.href).not.toContain("token");
  expect(takeToken("courier")).toBe("rlv_abcdefgh");
  expect(localStorage.getItem("relevo.token.courier")).toBe("rlv_abcdefgh");
});

test("a desk's token does not outlive its tab", () => {
  history.replaceState(null, "", "/dispatch#token=rlv_abcdefgh");
  takeToken("dispatch");
  expect(localStorage.length).toBe(0);
});
