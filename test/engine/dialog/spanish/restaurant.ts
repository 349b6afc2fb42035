/** A small restaurant that speaks Spanish alone: a table with its day, time and name, an order to take away, the opening hours. */
export const restaurant = `
agent: taberna
language: es-ES
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }
---
flow: table
title: su mesa
examples:
  - quiero reservar una mesa
  - una mesa para cenar
  - reservar mesa
  - quiero reservar una mesa para [dos](people) personas el [sábado](day) a las [nueve de la noche](hour)
slots:
  people: { type: integer, range: 1..10, called: [personas, comensales], ask: [¿Para cuántas personas?, ¿Cuántos serán?] }
  day: { type: date, called: [día, fecha], ask: ¿Para qué día? }
  hour: { type: time, called: [hora], ask: ¿A qué hora? }
  phone: { type: phone, called: [teléfono, número de teléfono], ask: ¿Qué teléfono tiene?, dtmf: { length: 9 } }
states:
  ask: { collect: [people, day, hour, phone], to: check }
  check: { confirm: "{{ people }} personas, {{ day | say_date }} a {{ hour | say_time }}. ¿Está bien?", transitions: [{ on: no, to: end }], to: done }
  done: { say: Reservada., to: end }
---
flow: order
title: su pedido
examples: [quiero hacer un pedido, pedir algo para llevar, para llevar]
slots:
  basket:
    type: list
    min: 1
    max: 9
    ask: ¿Qué le pongo?
    more: ¿Algo más?
    added: "{{ it }}, apuntado."
    removed: Sin {{ it }}.
    changed: Ahora, {{ it }}.
    not_there: No hay {{ it }} en su pedido.
    of:
      count: { type: integer, range: 1..9, default: 1 }
      item:
        type: choice
        options: { café: [], cortado: [], té: [], tostada: [] }
    spoken: "{{ count }} {{ item }}"
states:
  take: { collect: basket, to: done }
  done: { say: "{{ basket | list }}. Gracias.", to: end }
---
flow: hours
title: el horario
examples: [a qué hora abren, cuál es el horario, cuándo cierran]
states:
  tell: { say: Abrimos de una a once de la noche., to: end }
`;
