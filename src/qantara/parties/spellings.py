"""Words of names: which spellings are one name, and which words say little or nothing.

Malay, romanised Urdu and Arabic, Tamil and Chinese names in Malaysia, French names, and firms
of the three countries. All words are in small letters without accents. Made by hand from how
such names are commonly written; it holds no person's name.
"""

from enum import IntEnum


class Role(IntEnum):
    """What a word does in a name. Of the roles only `NAME` and `WEAK` have to be accounted for."""

    NAME = 0
    WEAK = 1
    """Borne by so many, and so often left out, that it tells people apart badly."""
    INITIAL = 2
    PARTICLE = 3
    TITLE = 4
    SON = 5
    DAUGHTER = 6
    CHILD = 7
    SPOUSE = 8
    """What follows is a name by marriage or by birth."""
    FORM = 9
    AND = 10


_SAME = """
muhammad mohammad mohammed muhammed mohamed mohamad muhamad muhamed mohd muhd mhd md mohammod
ahmad ahmed ahmet achmad akhmad ahmd
hussain hussein husain husein hossain hossein hussin husin houssein hussayn
hassan hasan hassen hasaan
syed sayyid sayed sayyed saiyid saiyed syid
sheikh shaikh shaykh sheik shaik cheikh syeikh sheykh
chaudhry choudhary chaudhary chowdhury choudhury chaudhri choudhry chaudhury chowdhry ch
qureshi quraishi qureishi koreshi quraishy qureshy
fatima fatimah fatema fathima fatma
aisha aishah ayesha aysha aisyah aicha aysyah aisya
khadija khadijah khadeeja kadijah khadidja khatijah katijah
zainab zaynab zeinab zainub zaineb
usman osman uthman othman ousmane usmaan
umar omar omer oumar umer
yusuf yousuf yousaf yusof yousef youssef yusoff yusouf yosef
ibrahim ebrahim ibraheem brahim
ismail ismael esmail ismaeel ismaiel
abdullah abdulla abdallah abdollah
abdul abd abdal abdel abdoul abdur abdus abdun abduz abdou
rahman rehman rahmaan rahmane rahmn
rahim raheem rehim
karim kareem
tariq tarik tareq tarek tarique
khalid khaled khaleed
waleed walid oualid walied
iqbal eqbal ikbal
farooq faruq farouk faruk farook faroque farouq
siddiqui siddiqi siddeeqi sidiki
siddiq siddique siddik siddeeq siddeq
malik malek malick maalik
mahmood mehmood mahmud mahmoud mehmud mahmod
masood masud masoud massoud
saeed sayeed saeid
javed javaid jawaid jawed javeed javid
naveed navid nawid naweed
nadeem nadim
shehzad shahzad shahzaad
akhtar akhter akthar
parveen parvin perveen parwin
nasreen nasrin nasrine
yasmin yasmeen yasmine
nur noor nor noer nour
nurul noorul norul
siti sitti
zulkifli zulkefli zulqifli dzulkifli zulkiflee
aziz azeez
hafiz hafeez
latif lateef
amin ameen
jamil jameel
bashir basheer
shabbir shabir
shafiq shafique shafeeq shafik
rafiq rafique rafeeq rafik
taufiq tawfiq toufiq taufik tawfik taufeeq
sadiq sadique sadik sadeq
mushtaq mushtaque mustaq
ishaq ishak ishaque
yaqub yaqoob yakub yaakob yacoob yacob
ayub ayoub ayyub ayoob
dawood daud dawud daoud dawod
sulaiman suleman suleiman sulayman soleiman
haider haidar hyder hayder haydar
raza reza rada
riaz riyaz
nawaz navaz
nazir nazeer nadhir
qasim kasim kassim qassim qaasim
qadir kadir qader kader
qamar kamar
rafi rafee
zubair zubayr zubeir
umair umayr
junaid junayd
uzair uzayr
owais uwais awais ovais
bilal billal belal
mustafa mustapha moustafa mustaffa
murtaza murtadha mortaza
imran emran imraan
irfan erfan
ehsan ihsan
inam enam
ikram ekram
mubarak mobarak
maryam mariam maryum meriem mariyam
sumaya sumayya sumaiya soumaya
rabia rabiah
rukhsana ruksana rukhsaana
shazia shaziah
samina sameena
saima saimah
nadia nadiah
sadia saadia
sana sanaa
hina heena
iftikhar iftekhar
zulfiqar zulfikar zulfeqar
ghulam gulam golam
bibi biby
begum begam
khatun khatoon
din deen uddin eddin eddine addin udin uddeen
allah ullah ulla
haq haque huq haqq
tengku tunku
ungku engku
aziza azizah
halima halimah haleema
hamida hamidah hameeda
jamila jamilah jameela
latifa latifah lateefa
noraini nuraini noraiini
rohana rohanah
salma salmah
zaiton zaitun
che ce
francois francoys
stephane stefane
stephanie stefanie
philippe phillipe philipe
catherine katherine cathrine
mathieu matthieu
saint st
sainte ste
sri shri shree
"""
_TITLES_OF_MEN = "mr mister monsieur encik"
_TITLES_OF_WOMEN = "mme mlle mrs ms miss madame mademoiselle puan pn cik mst musammat datin"
_TITLES = "dr prof professor ir maitre haji hj hajah hjh dato datuk seri tun janab sahib sahiba"
_SON = "bin ibn ben a/l s/o lelaki"
_DAUGHTER = "binti binte bt bte bint a/p d/o perempuan"
_CHILD = "anak"
_SPOUSE = "epouse ep veuve vve w/o"
_PARTICLES = (
    "de du des la le les von van der den di da dos el al ul ur us ud uz ush ad as az the of"
)
_AND = "and et dan &"
_WEAK = (
    "muhammad syed abdul din allah nur nurul siti bibi begum khatun tengku wan nik megat che"
    " ghulam sheikh mian tuan"
)
_FORMS = """
sdn
bhd berhad
pvt private pte
ltd limited
plc
llp
plt
llc
inc incorporated
corp corporation
sarl sarlu
sas sasu
sa
eurl
sci
snc
selarl
smc
gmbh
co company cie
"""
_GENERIC = (
    "enterprise enterprises trading traders services service group holding holdings"
    " etablissements ets societe perniagaan syarikat brothers sons international"
)
_SECOND_NAMES = (
    "ahmad ali hassan hussain usman umar iqbal aslam akbar anwar ashraf rasheed rashid saeed hameed"
    " hamid raza abbas haider tariq khalid saleem salim nadeem akram asif arif amir ismail ibrahim"
    " yusuf abdullah rahman karim mahmood masood aziz latif jamil zaman nawaz riaz imran irfan"
)
_USUAL = """
adam adil adnan afzal aiman akmal alam ameer amina amira anis anwar aqil arif arshad aslam asma
asif ashraf atif ayaz azhar azlan azman badar basit danish danial ehtisham fahad faisal faizan
farah farhan farid farida fauzi fawad ghazala habib hadi hakim hakeem hamza hanif haris harith
hasnain hashim humaira huma iman imad izzat jalal jamal kamal kamil kamran kashif khairul kiran
laila luqman mansoor maria mehreen moin munir musa nabila nadira naeem naila najib nasim nazia
nida nighat nimra noman omair pervez qaiser rabiya rahat raheela rahila raihan ramiz rania rashida
razak rehana rida rizwan rubina saad sabina sabir sabiha sadaf safia saif sahar saira sajida
salman saman sara sarah shabana shafi shagufta shahida shahin shahnaz shakeel shamim shamsul
sharif sheraz sobia sohail suhail sultan tahir taimur talha tanveer tasneem usama wahab waqar
waqas wasim yasir zafar zain zaini zakaria zara zarina zeeshan zia ziauddin ahmadi azmi azhari
bakar bakri hafsah hanafi hidayah izwan jasmin kamaliah khairunnisa liyana nadzri najwa nizam
razali rosli rosnah roslan rozita ruslan saiful salleh samad shahrul shamsuddin sofea suhaila
suraya syafiq syahir syazwan zahari zaharah zainal zaleha zamri anand anbu arumugam chandran devi
ganesan gopal kannan karthik kumar lakshmi letchumi mani maniam mohan muniandy murugan muthu
nathan pillai raja rajan raju ramasamy raman ravi samy selvam siva subramaniam suresh vasu vijaya
adrien agathe alain albert alice amelie andre anne antoine arnaud arthur aurelie axel benoit
bernard brigitte bruno camille caroline cecile celine chantal charles charlotte chloe christian
christine christophe claire clement colette corinne damien daniel danielle david delphine
denis diane didier dominique dorothee edith edouard elise elodie emile emilie emma eric estelle
etienne eva fabien fabienne fabrice fanny florence florian francoise franck frederic gabriel gael
genevieve georges gerard gilles guillaume guy helene henri hugo ines isabelle jacqueline jacques
jean jeanne jerome joel josephine julia julian julie julien juliette karine laure laurence laurent
lea leo lena leon lionel loic louis louise luc lucas lucie lucien ludovic madeleine manon marc
marcel margaux marguerite maria marie marine marion martin martine mathilde maud maurice maxime
melanie michel michele mireille monique morgane muriel nadine nathalie nicolas nicole noel noemie
odile olivier oceane pascal pascale patrice patricia patrick paul paule pauline pierre quentin
raphael regine remi renaud rene robert roger roland romain rose sabine sandra sandrine sarah
sebastien serge simon simone solange sophie sylvain sylvie sylviane thierry thomas valerie vanessa
veronique victor vincent virginie xavier yann yves yvette yvonne zoe
"""


def _groups(lines: str) -> dict[str, str]:
    """Each spelling to the first of its line."""
    named: dict[str, str] = {}
    for line in lines.strip().splitlines():
        first, *others = line.split()
        named |= dict.fromkeys((first, *others), first)
    return named


def _roles() -> dict[str, Role]:
    words = {
        Role.WEAK: _WEAK,
        Role.PARTICLE: _PARTICLES,
        Role.TITLE: f"{_TITLES} {_TITLES_OF_MEN} {_TITLES_OF_WOMEN}",
        Role.SON: _SON,
        Role.DAUGHTER: _DAUGHTER,
        Role.CHILD: _CHILD,
        Role.SPOUSE: _SPOUSE,
        Role.AND: _AND,
    }
    return {word: role for role, text in words.items() for word in text.split()}


SPELLING = _groups(_SAME)
"""A word to the spelling that stands for all spellings of its name."""
ROLE = _roles()
"""What a word does where it is not simply a name; of the one spelling of its group."""
MALE, FEMALE = frozenset(_TITLES_OF_MEN.split()), frozenset(_TITLES_OF_WOMEN.split())
LEGAL_FORM = _groups(_FORMS)
"""A word of a firm's legal form to its one spelling."""
GENERIC = frozenset(_GENERIC.split())
"""What a firm does, in words that many firms have."""
SECOND = frozenset(_SECOND_NAMES.split())
"""Names that stand first or second: of two such the order tells people apart."""
USUAL = frozenset(SPELLING.values()) | frozenset(
    SPELLING.get(word, word) for word in _USUAL.split()
)
"""Names so usual that none of them is a slip of the pen for another."""
