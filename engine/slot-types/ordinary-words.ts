/** Words of everyday calls that are no names of people, however they stand. Chosen by hand from how callers talk. */
const list = `
a able about above bother worries grand brilliant deal cool chance cheers account actually add additional address after afternoon again against ago agent agree ahead all almost alone
already alright also always am amount an and another any anybody anymore anyone anything anyway apart app appointment are area
around arrive as ask asking at away baby back bad bag balance bank be because become bed been before begin behind being believe
below besides best better between big bill bit black block blue book booked booking both born bottle box boy break breakfast bring
broken brown brother building burger bus business busy but buy by bye call called calling calls came can cancel cannot can't car
card care carefully case cash certain certainly chair change changed charge cheap cheaper check child children choice choose city
clear close closed code coffee cold come coming company complain complaint complete confirm contact contacts continue correct cost
could couldn't couple course cup customer daughter day days dead dear definitely deliver delivered delivery desk did didn't
different difficult dinner direct directly discount do doctor does doesn't doing dollar dollars done don't don't door double down
drink drive during each early easy eat either else email empty end enough entire euro euros even evening ever every everybody
everyone everything exactly example excellent except excuse expensive extra eye face fact family far fast father favourite feel few
fifteen fifty fill find fine finish first five flight floor fly follow food for forget forgot form forty forward found four
fourteen free friend friends from front full fun further game gave get getting gift girl give given glad go goes going gold gone
good goodbye got great green ground group grown guess guest guests guy had half hand happen happened happens happy hard has hasn't
have haven't having he head hear heard heavy hello help her here here's hers hi high him himself his hold holiday home hope
hospital hot hotel hour hours house how how's however huge human hundred hungry hurry husband i i'd i'll i'm i've id idea if
important in include including indeed information inside instead insurance interested into is isn't it it'd it'll it's item its
itself job just keep key kid kids kind kitchen know known lady language large larger last late later latest least leave leaving left
less let let's letter light like likely line list listen little live long longer look looking lost lot lots loud love lovely low
lunch machine made mail main make makes making man manager many married matter maybe me meal mean means meant medium meet meeting
member men menu message middle midnight might million mind mine minute minutes miss mistake moment money month months more morning
most mother move much mum music must my myself name named names near need needs neither never new next nice night nine nineteen ninety
no nobody none noon nope nor normal not nothing notice now number numbers o'clock of off offer office often oh ok okay old older on
once one ones only open operator option options or orange order ordered orders other others ought our ours ourselves out outside over
own paid pair paper parents part party passed past pay paying payment people per percent perfect perhaps person phone photo pick
pizza place plan plane plate play please plenty plus point police possible post pound pounds prefer press price probably problem
process product put question quick quickly quiet quite rather reach read ready real really reason receipt red refund remember remove
rent repeat representative reservation reserve reserved rest restaurant return ride right ring road room rooms round run said sale
sales same saturday savings saw say saying says schedule school second see seem seen send sent serious service seven seventeen
seventy several shall she ship shop short should shouldn't show side sign silver simple since single sir sister sit six sixteen sixty
size skip sleep slow small smaller so some somebody someone something sometimes somewhere son soon sorry sort sound sounds speak
speaking special spell start started state station status stay still stop store story straight street strong stuff such sugar sunny
support suppose sure system table take taken takes taking talk talking tea tell ten terrible test text than thank thanks that
that'd that'll that's the their them then there there's these they they're thing things think thinking third thirteen thirty this
those though thousand three through ticket tickets till time times tired to today together told tomorrow tonight too took top total
touch town track train transfer travel tried trip true try trying twelve twenty twice two type uh um under understand until up upon
us use used usual usually very via visit voice wait waiting walk want wanted wants warm was wasn't watch water way we we'd we'll
we're we've wednesday week weekend weeks welcome well went were weren't what what's whatever when when's where where's which while
white who who's whole why wife win window wish with without woman women won't wonder word words work working works world worry worse
worst would wouldn't write wrong yeah year years yellow yep yes yesterday yet you you'd you'll you're you've young your yours yourself
yup zero eight eighteen eighty eleven hundred dozen quarter eh er erm hmm mhm ah hm mm monday tuesday thursday friday sunday january
february march july september october november december fourth fifth sixth seventh eighth ninth tenth pm first dot dash hey hiya
bananas cancelled urgent serviette pasta beer wine weather mountain mountains police fire ambulance forget weird funny ridiculous
stupid nah hurt lot gotta wanna gonna let's dunno stuff okay-ish confused available unavailable unsure certain afraid driving
pardon huh earlier sooner prices pricing invoice invoices vegetarian veg ready-made cheese bread chicken fish meat rice soup salad
burger burgers fries chips sauce juice bacon egg eggs cake dessert starter menu-card vegan gluten allergy allergies nuts wheelchair
outside indoors terrace garden balcony smoking view sea beach mountain airport airline flight flights luggage suitcase passport visa
seat aisle row gate terminal taxi cab parking garage petrol diesel electric automatic manual engine tyre tyres wheel insurance claim
claims policy premium account accounts balance overdraft loan mortgage payment payments transaction transactions statement statements
password pin username login website internet broadband wifi router signal battery screen laptop computer printer software update app
parcel parcels package packages shipment tracking courier warehouse stock item shirt shoes dress trousers jacket hat bag size colour
color sizes pharmacy prescription medicine tablets pills nurse dentist clinic surgery pain headache fever cough blood emergency
appointment appointments slot slots opening closing hours holidays monthly weekly daily yearly annual annually contract contracts
subscription upgrade downgrade plan plans bill bills fee fees charges deposit vat tax taxes money-back guarantee warranty manager
supervisor boss colleague adviser advisor assistant human robot bot ai recording recorded privacy data consent terms conditions
obviously apparently basically literally seriously honestly frankly hopefully unfortunately luckily currently recently already
someplace anytime everywhere nowhere whenever wherever whoever also beyond despite except inside onto per plus regarding since
throughout toward towards upon versus whereas whether within yours sort kinda sorta hows whats wheres thats theres heres theyre youre
dont cant wont isnt arent wasnt doesnt didnt havent hasnt couldnt wouldnt shouldnt im ive id ill youve weve theyve
pick-up drop-off collect collection swap exchange return returns refunds broken damaged faulty missing wrongly delayed late slower
faster louder quieter slowly loudly quietly higher lower bigger biggest smaller smallest larger largest longer shorter newer older
cheapest nearest closest fastest latest earliest previous former following upcoming current recent usual regular standard basic deluxe
luxury economy single double twin triple suite studio apartment flat cottage villa cabin room-service breakfast-included
again-please louder-please okay-then bravo cheers ta wow oops ouch damn hell shit fuck fucking bloody bugger crap rubbish nonsense
walking running busy tired sick ill bored lost quarter
`;

const ordinary: ReadonlySet<string> = new Set(list.split(/\s+/).filter((word) => word !== ''));

/** Endings of abstract nouns and participles, which few names have. */
const commonEndings = /.{2}(?:tions?|sions?|ments?|ness|able|ible|ful|less|ings?|ances?|ously|ically)$/;
const endedNames = new Set([
  'sterling', 'fleming', 'harding', 'manning', 'ewing', 'irving', 'browning', 'constance', 'clement', 'clements', 'golding', 'keating',
  'cushing', 'hastings', 'jennings', 'billings', 'cummings', 'rawlings', 'vance', 'lance', 'chance', 'rowling', 'downing',
  'whiting', 'spalding', 'fielding', 'goulding', 'kipling', 'wilding', 'walling', 'stallings', 'pickering', 'xiaoming', 'wenting',
]); // prettier-ignore

/** Whether the word is an everyday one, so that nobody is called by it. */
export function isOrdinary(word: string): boolean {
  return ordinary.has(word) || (commonEndings.test(word) && !endedNames.has(word));
}
