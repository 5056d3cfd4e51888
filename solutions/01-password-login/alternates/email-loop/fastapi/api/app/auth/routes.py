"""Sign-up and sign-in."""

from fastapi import APIRouter, Request

from app.auth.deps import AuthDeps
from app.auth.models import Registration, SignIn, Token
from app.auth.password import Passwords
from app.auth.policy import Policy, check_length, read_blocklist
from app.auth.throttle import Throttle
from app.http.body import JsonRoute
from app.http.problem import Problem
from app.log import log


def create_auth_router(deps: AuthDeps) -> APIRouter:
    accounts, sessions, config = deps.accounts, deps.sessions, deps.config
    passwords = Passwords()
    policy = Policy(read_blocklist(config.blocklist_file))
    throttle = Throttle(deps.db, limit=config.login_max, window=config.login_window)
    router = APIRouter(route_class=JsonRoute)

    @router.post("/register", status_code=202)
    async def register(body: Registration, request: Request) -> dict[str, str]:
        policy.check(body.password, email=body.email, display_name=body.display_name)
        password_hash = await passwords.hash(body.password)
        account = await accounts.add(email=body.email, display_name=body.display_name, password_hash=password_hash)
        # The mailbox is where the difference is told: "confirm your address" or "you have an account already". There is no
        # mail server here, so a new account can be used at once.
        mail = "already-registered" if account is None else "confirm-address"
        log.info("mail queued", event="mail_queued", requestId=request.state.request_id, mail=mail)
        return {"status": "accepted", "message": "Look into your mailbox to go on"}

    @router.post("/login")
    async def login(body: SignIn, request: Request) -> Token:
        request_id = request.state.request_id
        check_length(body.password)
        wait = await throttle.take(body.email)
        if wait > 0:
            log.info("login throttled", event="login_throttled", requestId=request_id)
            raise Problem(429, "rate_limited", "Too many tries to sign in", {"Retry-After": str(wait)})

        found = await accounts.find_by_email(body.email)
        right = await passwords.verify(body.password, found.password_hash if found else None)
        if found is None or found.disabled or not right:
            user_id = found.account.id if found else None
            log.info("login failed", event="login_failed", requestId=request_id, userId=user_id)
            raise Problem(401, "invalid_credentials", "E-mail address or password is wrong")

        await throttle.clear(body.email)
        token = await sessions.open(found.account.id)
        log.info("login", event="login", requestId=request_id, userId=found.account.id)
        return token

    return router
