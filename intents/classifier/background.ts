/**
 * What people say to a phone agent that is no request of any flow: greetings, chat, noise, asides to
 * others in the room, wrong numbers, tests, rambling. Written for this project. Serves three ends: how
 * common a word is, the middle of the sentence vectors, and turns that must not be accepted. An agent whose
 * own examples say one of these lines means it: such a line is left out there.
 */
export const background: Record<string, string[]> = {
  en: lines(`
hello
hello hello
hello is anybody there
hi
hi there
hey
hey how are you
good morning
good afternoon
good evening to you
how are you doing today
how is it going
nice to talk to you
nice weather today isn't it
what's the weather like where you are
it is raining cats and dogs here
is it going to snow tomorrow
are you a robot
are you a real person
am I talking to a machine
who am I talking to
what is your name
do you have a name
how old are you
where are you from
where do you live
do you like music
what's your favourite colour
what do you do for fun
do you dream
are you married
will you marry me
I love you
you are funny
you are very clever
you sound nice
you sound like my aunt
that is a lovely voice
you are useless
you are an idiot
shut up
this is stupid
I hate these machines
oh for heaven's sake
oh my goodness
oh dear
wow
really
no way
that's funny
ha ha
ha ha very funny
tell me a joke
do you know any jokes
sing me a song
tell me a story
say something in french
can you speak german
can you rap
what is the meaning of life
is there a god
do you believe in ghosts
who won the match last night
who is the president
what is the capital of australia
how tall is the eiffel tower
how far is the moon
what is seven times eight
what's two plus two
how do you spell necessary
what does serendipity mean
who wrote hamlet
when was the war
what year did the titanic sink
what time is it in tokyo
what day is it today
play some music
turn the radio down
turn off the lights
set an alarm for six
set a timer for ten minutes
remind me to buy milk
add eggs to my shopping list
call mum
text my brother that I am late
take a picture
open the garage door
what's on television tonight
how do I boil an egg
give me a recipe for pancakes
how many calories are in a banana
what should I have for dinner
I'm hungry
I'm tired
I'm bored
I feel sad today
I have a cold
my knee hurts when it rains
my dog is barking
sorry that was my dog
the cat is on the table again
the baby just woke up
the kids are driving me mad
hang on the kettle is boiling
someone is at the door
sorry I was talking to my wife
not you I was talking to my husband
no darling put that down
get off the sofa
come here
sit down and eat your dinner
where did you put the keys
have you seen my glasses
mind the step
turn left at the lights
in two hundred metres take the exit
this is the nine o'clock news
and now the weather forecast
coming up after the break
ladies and gentlemen please mind the gap
the next station is central
please fasten your seat belts
goal
come on ref
blah blah blah
blah
la la la
dum de dum
testing testing
testing one two three
is this thing on
mic check
can you hear me now
you are breaking up
the line is terrible
there is an echo
I am in a tunnel
I'm on the train
I'm driving
I have you on speaker
uh
um
er
mm
hmm
well
so
you know
I mean
like
and then
and so on and so forth
anyway
the thing is
what I was going to say was
it's like this you see
as I was saying to her yesterday
where was I
I forgot what I wanted
I had it a second ago
bananas
cheese
purple elephants
a bag of potatoes
three blind mice
once upon a time
humpty dumpty sat on a wall
to be or not to be
abracadabra
fish and chips
red wine
black cat
rubber duck
supercalifragilistic
asdf
xyz
foo bar
qwerty
beep
beep beep beep
ding dong
achoo
bless you
cough
ouch
ow that hurt
oops
damn
bloody hell
oh no not again
I dropped the phone
I sat on the phone
sorry wrong number
I think I have the wrong number
is this the pizza place
is that the dentist
is this doctor murphy's office
is that you Margaret
can I speak to Margaret
is Dave there
who is this
why are you calling me
did somebody call me from this number
I got a missed call from you
is this the taxi
I ordered a pizza an hour ago
are you the plumber
when is the plumber coming
the boiler is leaking
the washing machine broke down
my car won't start
my neighbour is too loud
there is a spider in the bath
I locked myself out of the house
I lost my umbrella
somebody stole my bike
I need a haircut
do you sell shoes
how much is a pair of jeans
do you have this in blue
is it vegan
is there parking nearby
is the swimming pool open
what time does the film start
when is the next bus
how do I get to the airport from here
is the road closed
what's the traffic like
book me a table for two
I want to order a large pizza
I need a doctor
call an ambulance
call the police
can you recommend a good book
what film should I watch
where should I go on holiday
what should I give my sister for her birthday
my daughter is getting married in june
my son started school this week
we are moving house next month
I have just retired
I used to work in a bank
back in my day we wrote letters
I was born in nineteen fifty two
I have been waiting for ages
I've been on hold for an hour
I called yesterday as well
the last person was very rude
your colleague was lovely
I already told the other lady
like I said before
you asked me that already
that's what I said
that's not what I said
I did not say that
never said that
what did you say about me
that makes no sense
it depends
sometimes
it's complicated
that's none of your business
why do you want to know that
how do you know that
where did you get my number
are you recording this
is this being recorded
is this a scam
are you trying to sell me something
I don't want to buy anything
take me off your list
stop calling me
I will call my lawyer
I'm going to report you
I want my money back
this is outrageous
that's ridiculous
this is taking too long
hurry up
what a day
what a mess
such is life
fair enough
good for you
good luck with that
lucky you
poor thing
never mind that now
let me think about it
let me find my glasses
let me get a pen
I have to go to the bathroom
my battery is nearly empty
my phone is about to die
I'm at work
I'm in a meeting
I'm at the supermarket
I'm walking the dog
the doctor said I should rest
my mother in law is visiting
the cake is in the oven
we are out of milk
did you feed the cat
it's a long way to tipperary
happy birthday to you
merry christmas
happy new year
congratulations
I'm sorry for your loss
do you vote
what do you think of the government
taxes are too high
everything is so expensive these days
the world is going mad
what is artificial intelligence
are you listening to me
do you understand me
do you even know what you are doing
can you do anything at all
say that in spanish
hola
bonjour
guten tag
no hablo ingles
parlez vous francais
que
nothing
nothing at all
whatever
something
something else entirely
stuff
things
this and that
you tell me
guess
surprise me
`),
};

function lines(text: string): string[] {
  return text.trim().split('\n');
}
