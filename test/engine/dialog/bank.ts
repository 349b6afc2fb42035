/** A small bank: a payment with a check of the funds, a balance, a sign-in that another flow calls. */
export const bank = `
agent: bank
language: en-IE
start: welcome
transfer: { to: "+353100000", mode: cold }
no_input: [reask, reask, { to: human }]
no_match: [reask, reask, { to: human }]
slots:
  signed_in: { type: yes_no, scope: call, default: false }
---
flow: welcome
states: { hello: { say: Hello., to: end } }
---
flow: send_money
title: sending money
examples: [i want to send money, "send [thirty](amount) euros to [Mateo](payee)"]
slots:
  payee: { type: choice, called: [person, payee], options: { priya: [], mateo: [], tomas: [] }, ask: [Who should get it?, Which of your contacts?] }
  amount: { type: integer, called: [amount, sum], ask: [How much?, Say a number.], reject: [{ if: amount > 3000, say: That is too much for the phone. }] }
tools:
  check_funds: { effect: read, input: { amount: integer }, output: { enough: yes_no, balance: integer }, http: { get: "https://bank.example/funds" } }
  pay_contact: { effect: write, input: { payee: text, amount: integer }, output: { reference: text }, http: { post: "https://bank.example/pay", body: { amount: "{{ amount }}" } } }
states:
  ask_payee: { collect: payee, to: ask_amount }
  ask_amount: { collect: amount, to: funds }
  funds:
    call: check_funds
    transitions:
      - { on: [error, timeout], to: trouble }
      - { if: check_funds.enough == false, to: short }
    to: agree
  short:
    say: You have {{ check_funds.balance }}, so {{ amount }} is too much.
    transitions: [{ clear: amount, to: ask_amount }]
  agree:
    say: "{{ amount }} to {{ payee }}. Shall I send it?"
    transitions: [{ intent: yes, to: pay }, { intent: no, to: stopped }]
  pay:
    call: pay_contact
    transitions: [{ on: [error, timeout], to: trouble }]
    to: done
  done: { say: "Done. {{ amount }} are on their way.", to: end }
  stopped: { say: Nothing was sent., to: end }
  trouble: { say: I couldn't reach the payment system., to: end }
---
flow: check_balance
title: your balance
examples: [what's my balance, how much is in my account]
tools:
  get_balance: { effect: read, output: { balance: integer }, http: { get: "https://bank.example/balance" } }
states:
  look: { call: get_balance, to: tell }
  tell: { say: "You have {{ get_balance.balance }}.", to: end }
---
flow: investments
title: your investments
examples: [check my portfolio, how are my investments doing]
states:
  door: { call_flow: sign_in, transitions: [{ on: refused, to: locked }], to: tell }
  tell: { say: They are fine., to: end }
  locked: { say: I couldn't sign you in., to: end }
---
flow: sign_in
listen: false
slots:
  pin: { type: digits, pattern: "[0-9]{4}", by: keys, sensitive: secret, dtmf: { length: 4 }, ask: [Please key in your PIN., Four digits.] }
tools:
  check_pin: { effect: read, input: { pin: digits }, output: { good: yes_no }, http: { post: "https://bank.example/pin", body: { pin: "{{ pin }}" } } }
states:
  ask: { collect: pin, no_input: [reask, { to: end, outcome: refused }], to: test }
  test:
    call: check_pin
    transitions:
      - { if: check_pin.good, set: { signed_in: true }, to: end }
      - { if: visits >= 2, to: end, outcome: refused }
    to: wrong
  wrong: { say: That wasn't it., transitions: [{ clear: pin, to: ask }] }
`;

export const bankTools = {
  check_funds: (input: Record<string, unknown>) => ({
    outcome: 'ok',
    value: { enough: Number(input['amount']) <= 900, balance: 900 },
  }),
  pay_contact: { reference: 'P4410' },
  get_balance: { balance: 900 },
  check_pin: (input: Record<string, unknown>) => ({ outcome: 'ok', value: { good: input['pin'] === '2468' } }),
} as const;
