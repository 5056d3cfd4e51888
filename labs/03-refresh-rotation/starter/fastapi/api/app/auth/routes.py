"""Sign-up, sign-in, and what comes after it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.auth.bearer import require_session
from app.auth.deps import AuthDeps
from app.auth.models import NewPassword, Registered, Registration, SignIn, TokenPair
from app.auth.password import Passwords
from app.auth.policy import Policy, check_length, read_blocklist
from app.auth.refresh.routes import create_refresh_router, hand_over
from app.auth.sessions import Bearer
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

    async def take_try(email: str, request_id: str) -> None:
        """Counts a try to guess a password, and refuses it when there were too many for this address."""
        wait = await throttle.take(email)
        if wait > 0:
            log.info("login throttled", event="login_throttled", requestId=request_id)
            raise Problem(429, "rate_limited", "Too many tries to sign in", {"Retry-After": str(wait)})

    @router.post("/register", status_code=201)
    async def register(body: Registration) -> Registered:
        policy.check(body.password, email=body.email, display_name=body.display_name)
        password_hash = await passwords.hash(body.password)
        account = await accounts.add(email=body.email, display_name=body.display_name, password_hash=password_hash)
        if account is None:
            raise Problem(409, "email_taken", "This e-mail address has an account already")
        return Registered(**account.model_dump(exclude={"org_id"}))

    @router.post("/login", response_model_exclude_none=True)
    async def login(body: SignIn, request: Request, response: Response) -> TokenPair:
        request_id = request.state.request_id
        check_length(body.password)
        await take_try(body.email, request_id)

        found = await accounts.find_by_email(body.email)
        right = await passwords.verify(body.password, found.password_hash if found else None)
        if found is None or found.disabled or not right:
            user_id = found.account.id if found else None
            log.info("login failed", event="login_failed", requestId=request_id, userId=user_id)
            raise Problem(401, "invalid_credentials", "E-mail address or password is wrong")

        await throttle.clear(body.email)
        pair = await sessions.open(found.account)
        log.info("login", event="login", requestId=request_id, userId=found.account.id)
        return hand_over(response, pair, in_cookie=body.client is None)

    @router.post("/password", status_code=204)
    async def change_password(
        body: NewPassword, request: Request, bearer: Annotated[Bearer, Depends(require_session(sessions))]
    ) -> None:
        request_id, account = request.state.request_id, bearer.account
        check_length(body.current_password)

        # Whoever holds a stolen access token must not find out the password here, where nobody counts.
        await take_try(account.email, request_id)
        found = await accounts.find_by_id(account.id)
        # 403 and not 401: the access token is good, and a client that is told 401 refreshes it and tries again.
        wrong = Problem(403, "invalid_credentials", "The current password is wrong")
        if found is None or not await passwords.verify(body.current_password, found.password_hash):
            raise wrong
        await throttle.clear(account.email)
        policy.check(body.new_password, email=account.email, display_name=account.display_name)

        becomes = await passwords.hash(body.new_password)
        if not await accounts.replace_password(account.id, was=found.password_hash, becomes=becomes):
            raise wrong
        log.info("password changed", event="password_changed", requestId=request_id, userId=account.id)

    router.include_router(create_refresh_router(sessions))
    return router
