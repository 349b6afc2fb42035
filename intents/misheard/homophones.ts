/**
 * Words that recognisers write for each other, by language: they sound the same, or nearly so when said fast on a
 * telephone. A word may stand for several, and one for two. Short ones are here because their sound says too little.
 */
export const homophones: Record<string, readonly string[][]> = {
  en: groups(`
to / two / too
for / four / or
there / their / they're
your / you're / you
our / are / hour
by / buy / bye
know / no / now
I / eye / a
a / the / uh
an / and / in
in / and / on
it / at / that
it's / is / its
is / as / his
this / the / these
can / can't / and
could / good
would / what / wood
what's / what / was
what / that / but
where / were / wear
when / one / and when
want / one / what
want to / wanna
going to / gonna
with / will / which
how / how's / hi
how do / how to
do / to / you
I'd / I / add
I'd like / I like / alike
I want / I won't / a want
I need / any / I need a
my / me / might
me / my / be
new / knew / you
need / neat / indeed
right / write / ride
hear / here / year
mail / male / may
meet / meat / me
week / weak / we
wait / weight / way
pay / play / day
paid / paint / page
sale / sail / sell
fair / fare / far
pair / pear / pay her
plain / plane / plan
brake / break
cent / sent / send
send / sent / and
check / cheque / jack
card / car / court
cart / card / car
call / cold / called
called / call / cold
book / look / put
bill / bell / build
bank / thank / bang
cash / catch
change / changed / chain
charge / charged / large
order / odor / or
account / a count / accounts
transfer / transferred / trance for
balance / ballots / ounce
statement / state meant
cancel / can't sell / council
refund / we found / refunds
address / a dress / addresses
appointment / a pointment / ointment
number / numb her / numbers
name / named / main
pin / pen / been
date / day / dates
time / times / dime
today / to day / the day
tonight / to night
tomorrow / to morrow
flight / fight / light
hotel / hold tell / motel
room / rooms / rum
table / able / tables
train / rain / trained
road / rode / wrote
role / roll
whole / hole / hold
wrong / long / run
work / walk / word
open / hoping / opened
late / let / eight
eight / ate / late
sea / see / c
be / b / bee
pick up / pick a / picked up
set up / sit up / set a
find / fine / found
help / held / how
please / police / pleased
thanks / thank / tanks
yes / yet / guess
not / nut / now
don't / don / do
doesn't / does it / does
isn't / is it / isn
won't / want / went
some / sum / son
through / threw / true
than / then / that
weather / whether
which / witch / with
`),
};

/** What callers say while they think, as recognisers write it. */
export const fillers: Record<string, readonly string[]> = {
  en: ['uh', 'um', 'er', 'well', 'so', 'like', 'you know', 'okay'],
  es: ['eh', 'este', 'pues', 'bueno'],
  de: ['äh', 'ähm', 'also', 'ja'],
  fr: ['euh', 'ben', 'alors', 'bon'],
};

/** Numbers as they are said and as they are written. */
export const numerals: Record<string, readonly string[]> = {
  en: 'zero one two three four five six seven eight nine ten eleven twelve'.split(' '),
};

function groups(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(' / '));
}
