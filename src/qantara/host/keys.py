"""The keys of a world's file and what each means; any other key is refused.

Amounts and rates are decimal strings, times of day TOML times, the rest as the words say. What no
scheme publishes is an example and can be set here.
"""

WORLD = {
    "overlay": "values laid over the rulebooks (`example`)",
    "notice": "what a person must be told with every quote",
    "extends": "a file beside this one, which this one adds to: tables are laid over tables",
}
COMMON = {
    "kind": "what the role is",
    "bic": "its BIC; invented ones have 0 in the eighth place",
    "name": "its name for people",
    "port": "where people and their apps reach it",
    "peer_port": "where roles of other processes reach it, over mutual TLS",
}
CALLERS = {
    "rates": "requests in so many seconds: per access role, `messages`, `sign_in_failures`, "
    "`payee_checks`, `public`, `codes`, "
    "`payment_codes`; `payee_unknown_cost`",
    "webhook_private": "whether webhooks may go to private addresses and plain HTTP",
    "webhook_backoff_seconds": "waits between attempts of a delivery",
    "webhook_overlap_seconds": "how long an old secret signs beside the new one",
    "webhook_disable_seconds": "after how long without success an endpoint is closed",
    "webhook_timeout_seconds": "how long a receiver may take",
    "webhook_endpoints_most": "how many endpoints one principal may have",
    "nats": "where its events are published as well: `{ url, stream, replicas, credentials }`; "
    "asks for the extra `nats`",
}
_MEMBER = {
    "country": "ISO 3166 alpha-2",
    "currency": "ISO 4217",
    "ips": "the payment system it takes part in",
}
_EXCEPTIONS = {"exceptions": "whether pacs.028, pacs.004, camt.056 and camt.029 are in use"}
KINDS: dict[str, dict[str, str]] = {
    "institution": {
        **_MEMBER,
        "gateway": "the Nexus gateway it asks for quotes",
        "fee": "its price for a payment abroad: `{ nominal, ratio }`",
        "destinations": "countries it sends to",
        "overdue_seconds": "when a payment without an answer is told as overdue",
        "check_seconds": "how long a payee check waits for its answer",
        "check_age_seconds": "how old a payee check may be when it is paid on",
        "cash": "cash at agents: `{ prices, commissions, code_seconds, pickup_seconds, "
        "attempts }`; prices and commissions by `deposit`, `withdrawal`, `pickup`: "
        "`{ per_thousand, minimum }`",
        "domestic_fee": "its price for a payment inside: `{ nominal, ratio }`",
        "execution_seconds": "deadline of a payment inside where no rulebook has one",
        "recall_days": "deadline of the answer to a recall inside where no rulebook has one",
        **_EXCEPTIONS,
        "access": "FX providers for which it is the access provider itself: role to account",
        "own_fx": "its own exchange: `{ account, accounts = { PK = [sap, number] }, "
        "validity_seconds }`",
        "required": "what payments to its country must carry, beside the rulebook's list",
        "resend_seconds": "waits between repeats of a message without an answer",
        "status_requests": "whether it asks by pacs.028 instead of sending again",
        "checks_names": "whether it compares the payee's name with its own records (BE01)",
        "review_above": "amount from which what arrives is held for a person",
        "return_fee": "its fee for giving money back when it is not at fault",
        "dispute_answer_days": "by when a customer's dispute is answered",
        "dispute_end_days": "by when a customer's dispute is ended",
        "case_seconds": "how long a customer's complaint may wait for staff",
        "bank": "its number in the account numbers and payment codes of its country",
        "code_seconds": "how long a payment code shown for one amount holds",
        "sites": "sessions by site: `{ console = { idle_seconds, lifetime_seconds, secure } }`",
        "credentials": "how people sign in and confirm: `{ rp_id, rp_name, origins, free_failures, "
        "lock_seconds, lock_longest_seconds, challenge_seconds, confirmation_seconds, "
        "step_up_above, step_up_new_payee }`",
        "onboarding": "how people become customers: `{ numbering = { prefix, digits, bank, "
        "branch }, ceilings = { tier = amount }, age_least_years, code_seconds, "
        "code_tries, keep_days, review_days }`",
        "supervision": "what other jurisdictions are told: `{ least }` payments behind each figure",
        "review_seconds": "how long a payment may wait for a review, and a clearance for its use",
    },
    "gateway": {
        "acceptance_stale_seconds": "how old an acceptance may be when it is first seen (TM01)",
        "time_out_seconds": "how long a HIGH payment may take (AB03)",
        "reconciled_at": "when a day ends for camt.054",
        "own_accounts": "accounts of institutions that exchange themselves: role to "
        "`{ currency = [BIC, number] }`",
        "endpoints": "addresses to which answers may be posted, per payment system",
        "desk": "the service desk's clocks",
    },
    "ips": {
        "country": "ISO 3166 alpha-2",
        "currency": "ISO 4217",
        "profile": "its leg of payments across borders (`duitnow`, `raast`, `oct_inst`; `nexus` "
        "for one whose own words are not known here)",
        "aliases": "ISO proxy codes its directory registers; its profile's where none are named",
        "terms": "what the gateway knows of it where no rulebook does: `{ maximum, creditor_fee, "
        "scheme_fee, required }`",
        "settlement": "`gross` or `deferred_net`",
        "net_debit_cap": "how far below zero a net position may fall",
        "steps": "4 or 5, as destination",
        "source_steps": "4 or 5, as source",
        "high": "whether it takes HIGH payments",
        "clearing_system": "its name in messages",
        "gateway": "the Nexus gateway",
        "cycle_seconds": "rhythm of settlement, where there are no `cycle_times`",
        "cycle_times": "times of day (UTC) at which net positions settle",
        "minimum": "least amount across borders",
        "inside": "least and most inside: `{ minimum, maximum }`",
        "timers": "seconds a party may take: `{ high_seconds, norm_seconds, inside_seconds, "
        "reminder_seconds }`",
        "window": "when it is open, UTC: two times; without it always",
        "lookups": "questions about payees per asking person in `lookup_seconds`",
        "lookup_seconds": "see `lookups`",
        **_EXCEPTIONS,
    },
    "sap": {
        **_MEMBER,
        "accounts": "FX providers with an account here: role to account number",
        "initiation": "how the system reaches it: `message` (pacs.008) or `authorisation` (JSON)",
        "reminder_seconds": "when it asks how a payment ended that is still reserved",
    },
    "psp": {
        **_MEMBER,
        "gateway": "the Nexus gateway",
        "prefix": "how its account numbers begin",
        "bank": "its number in the account numbers and payment codes of its country",
    },
    "fxp": {
        "gateway": "where its rates go",
        "mid": "mid rate of each pair at the beginning",
        "seed": "of the walk its mid rates take",
        "spread_bps": "its spread",
        "rate_seconds": "how often it pushes rates",
        "tiers": "per source currency, thresholds and improvements in basis points",
        "relationships": "institutions (BIC) it approved, each with an improvement",
    },
}
