/** What is made of messages on their way into the queue, through a running server: from the network and from programs. */

import { assertEquals, assertMatch } from "@std/assert";

import { expectReply, openSmtp, sendText } from "./smtp.ts";
import { worldTest } from "./world.ts";

const settings = `
header_checks = ["regexp:{{/^Subject: no spam/ REJECT Go away},{/^Subject: wait/ HOLD look at it},{/^Subject: copy/ BCC u2@ref.test}}"]
virtual_alias_maps = ["inline:{{list@ref.test=u1, u2}}"]
sender_canonical_maps = ["inline:{robot=Robot.One@ref.test}"]
`;

worldTest("messages are cleaned on their way into the queue", { settings }, async (world, step) => {
  const { server } = world;

  await step("header_checks refuse with their own text (header_checks(5))", async () => {
    using peer = await openSmtp(world, "smtp");
    expectReply(await sendText(peer, "Subject: no spam\r\n\r\nx\r\n"), "550 5.7.1 Go away", ".");
  });

  await step("HOLD sets aside, queue list marks it, queue release lets it go", async () => {
    using peer = await openSmtp(world, "smtp");
    expectReply(await sendText(peer, "Subject: wait for me\r\n\r\nx\r\n"), "250 ", ".");
    const [, id = ""] = /^([0-9A-F]+)! /m.exec(await server.mustRun(["queue", "list"])) ?? [];
    await server.mustRun(["queue", "flush"]);
    assertMatch(await server.mustRun(["queue", "list"]), new RegExp(`^${id}! `, "m"));
    await server.run(["queue", "release", id]);
    await world.arrived("u1", "Subject: wait for me");
    assertMatch(await server.mustRun(["queue", "list"]), /^Mail queue is empty\n$/);
  });

  await step("BCC and virtual aliases make copies", async () => {
    using peer = await openSmtp(world, "smtp");
    expectReply(await sendText(peer, "Subject: copy this\r\n\r\nx\r\n"), "250 ", ".");
    await world.arrived("u1", "Subject: copy this");
    await world.arrived("u2", "Subject: copy this");
    expectReply(await sendText(peer, "Subject: to all\r\n\r\nx\r\n", { to: ["list@ref.test"] }), "250 ", ".");
    await world.arrived("u1", "Subject: to all");
    await world.arrived("u2", "Subject: to all");
  });

  await step("programs' mail goes the same way, envelope and header", async () => {
    const input = "Subject: from a program\nFrom: A Robot <robot>\nTo: list\n\nx\n";
    assertEquals((await server.run(["send", "-f", "robot", "list"], { input })).code, 0);
    const text = await world.arrived("u2", "Subject: from a program");
    assertMatch(text, /^Return-Path: <Robot\.One@ref\.test>\n/);
    assertMatch(text, /^From: A Robot <Robot\.One@ref\.test>$/m);
    assertMatch(text, /^To: list@ref\.test$/m);
    assertEquals(
      (await server.run(["send", "-f", "u2", "u1"], { input: "Subject: no spam\n\nx\n" })).code,
      0,
    );
    assertMatch(await world.arrived("u2", "Subject: no spam"), /Go away/);
  });
});
