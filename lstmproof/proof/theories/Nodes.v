(* One node of a step:  out[o] = sum over inner axes u of body(operands at (o, u)).

   It covers both node kinds of a Program: a Pointwise node has no inner axis, a Contract has a product for its body.
   A body is a scalar expression over the rows of the table of functions. Main facts:
     value_derive   the node's value moves as `tangent` says, when its operands move;
     node_dual      <a, tangent> is the sum over operands of <what the adjoint hands to it, the operand's tangent>:
                    the adjoint's rule, once for every node. *)

From Coq Require Import Reals Lra Lia List Bool Arith.
From Coquelicot Require Import Coquelicot.
From LstmProof Require Import Functions Sums.
Import ListNotations.
Open Scope R_scope.

(* ---- Scalar expressions ---- *)

Inductive formula :=
  | Zero | One
  | Cst (r : R)
  | Arg (k : nat)                          (* operand number k *)
  | Add (a b : formula) | Sub (a b : formula) | Mul (a b : formula) | Div (a b : formula) | Neg (a : formula)
  | Row_of (r : row) (a : formula)         (* a function of the table *)
  | Slope_of (r : row) (a : formula).      (* its slope; in derivatives only *)

Fixpoint eval (x : formula) (v : nat -> R) : R :=
  match x with
  | Zero => 0 | One => 1 | Cst r => r | Arg k => v k
  | Add a b => eval a v + eval b v | Sub a b => eval a v - eval b v
  | Mul a b => eval a v * eval b v | Div a b => eval a v / eval b v
  | Neg a => - eval a v
  | Row_of r a => value_of r (eval a v) | Slope_of r a => slope_of r (eval a v)
  end.

(* Where the rules of differentiation apply: divisors are not 0, functions are away from kinks and inside domains. *)
Fixpoint smooth (x : formula) (v : nat -> R) : Prop :=
  match x with
  | Zero | One | Cst _ | Arg _ => True
  | Add a b | Sub a b | Mul a b => smooth a v /\ smooth b v
  | Div a b => smooth a v /\ smooth b v /\ eval b v <> 0
  | Neg a => smooth a v
  | Row_of r a => smooth a v /\ smooth_at r (eval a v)
  | Slope_of _ _ => False
  end.

(* Reads operands below n only. *)
Fixpoint reads_below (n : nat) (x : formula) : bool :=
  match x with
  | Zero | One | Cst _ => true
  | Arg k => Nat.ltb k n
  | Add a b | Sub a b | Mul a b | Div a b => reads_below n a && reads_below n b
  | Neg a | Row_of _ a | Slope_of _ a => reads_below n a
  end.

(* Sums and products without trivial terms: derivatives stay as short as a person would write them. *)
Definition add (a b : formula) : formula := match a, b with Zero, _ => b | _, Zero => a | _, _ => Add a b end.
Definition sub (a b : formula) : formula := match a, b with _, Zero => a | Zero, _ => Neg b | _, _ => Sub a b end.
Definition neg (a : formula) : formula := match a with Zero => Zero | _ => Neg a end.
Definition mul (a b : formula) : formula :=
  match a, b with Zero, _ | _, Zero => Zero | One, _ => b | _, One => a | _, _ => Mul a b end.
Definition div (a b : formula) : formula := match a with Zero => Zero | _ => Div a b end.

(* The partial derivative by operand j. *)
Fixpoint partial (x : formula) (j : nat) : formula :=
  match x with
  | Zero | One | Cst _ | Slope_of _ _ => Zero
  | Arg k => if Nat.eqb k j then One else Zero
  | Add a b => add (partial a j) (partial b j)
  | Sub a b => sub (partial a j) (partial b j)
  | Mul a b => add (mul (partial a j) b) (mul a (partial b j))
  | Div a b => sub (div (partial a j) b) (div (mul a (partial b j)) (Mul b b))
  | Neg a => neg (partial a j)
  | Row_of r a => mul (Slope_of r a) (partial a j)
  end.

Lemma eval_add a b v : eval (add a b) v = eval a v + eval b v.
Proof. destruct a, b; first [reflexivity | simpl; ring]. Qed.
Lemma eval_sub a b v : eval (sub a b) v = eval a v - eval b v.
Proof. destruct a, b; first [reflexivity | simpl; ring]. Qed.
Lemma eval_neg a v : eval (neg a) v = - eval a v.
Proof. destruct a; simpl; ring. Qed.
Lemma eval_mul a b v : eval (mul a b) v = eval a v * eval b v.
Proof. destruct a, b; first [reflexivity | simpl; ring]. Qed.
Lemma eval_div a b v : eval (div a b) v = eval a v / eval b v.
Proof. destruct a; simpl; unfold Rdiv; ring. Qed.

Lemma is_derive_const_zero (r x : R) : is_derive (fun _ => r) x 0.
Proof. apply @is_derive_const. Qed.
Lemma is_derive_sum (f g : R -> R) (x a b : R) :
  is_derive f x a -> is_derive g x b -> is_derive (fun e => f e + g e) x (a + b).
Proof. intros A B. exact (is_derive_plus f g x a b A B). Qed.
Lemma is_derive_difference (f g : R -> R) (x a b : R) :
  is_derive f x a -> is_derive g x b -> is_derive (fun e => f e - g e) x (a - b).
Proof. intros A B. exact (is_derive_minus f g x a b A B). Qed.
Lemma is_derive_negation (f : R -> R) (x a : R) : is_derive f x a -> is_derive (fun e => - f e) x (- a).
Proof. intros A. exact (is_derive_opp f x a A). Qed.
Lemma is_derive_scaled (k : R) (f : R -> R) (x a : R) : is_derive f x a -> is_derive (fun e => k * f e) x (k * a).
Proof. intros A. exact (is_derive_scal f x k a A). Qed.
Lemma is_derive_product (f g : R -> R) (x a b : R) :
  is_derive f x a -> is_derive g x b -> is_derive (fun e => f e * g e) x (a * g x + f x * b).
Proof. intros A B. apply (is_derive_mult f g x a b A B). exact Rmult_comm. Qed.
Lemma is_derive_quotient (f g : R -> R) (x a b : R) :
  is_derive f x a -> is_derive g x b -> g x <> 0 ->
  is_derive (fun e => f e / g e) x (a / g x - f x * b / (g x * g x)).
Proof. intros A B Z. eapply is_derive_eq; [exact (is_derive_div f g x a b A B Z)|]. simpl. field. exact Z. Qed.
Lemma is_derive_composed (f g : R -> R) (x a b : R) :
  is_derive g x b -> is_derive f (g x) a -> is_derive (fun e => f (g e)) x (a * b).
Proof. intros B A. eapply is_derive_eq; [exact (is_derive_comp f g x a b A B)|]. apply Rmult_comm. Qed.

(* The chain rule: an expression moves as its partial derivatives and its operands say. *)
Lemma eval_derive n x : forall (v : R -> nat -> R) (v' : nat -> R) e0,
  reads_below n x = true -> smooth x (v e0) ->
  (forall k, (k < n)%nat -> is_derive (fun e => v e k) e0 (v' k)) ->
  is_derive (fun e => eval x (v e)) e0 (sum_over n (fun k => eval (partial x k) (v e0) * v' k)).
Proof.
  induction x as [| |r|k|a IHa b IHb|a IHa b IHb|a IHa b IHb|a IHa b IHb|a IHa|r a IHa|r a IHa];
    intros v v' e0 W F D; cbn [eval partial smooth reads_below] in *;
    try (apply andb_prop in W as [Wa Wb]; destruct F as [Fa Fb]; specialize (IHa v v' e0 Wa Fa D)).
  - eapply is_derive_eq; [apply is_derive_const_zero|]. symmetry. apply sum_over_vanishes. intros. simpl. ring.
  - eapply is_derive_eq; [apply is_derive_const_zero|]. symmetry. apply sum_over_vanishes. intros. simpl. ring.
  - eapply is_derive_eq; [apply is_derive_const_zero|]. symmetry. apply sum_over_vanishes. intros. simpl. ring.
  - apply Nat.ltb_lt in W. rewrite (sum_over_single n k); [|easy|].
    + rewrite Nat.eqb_refl. simpl. rewrite Rmult_1_l. now apply D.
    + intros j _ Hj. rewrite (proj2 (Nat.eqb_neq k j)); [simpl; ring|auto].
  - specialize (IHb v v' e0 Wb Fb D). eapply is_derive_eq; [exact (is_derive_sum _ _ _ _ _ IHa IHb)|].
    rewrite <- sum_over_plus. apply sum_over_ext. intros. rewrite eval_add. ring.
  - specialize (IHb v v' e0 Wb Fb D). eapply is_derive_eq; [exact (is_derive_difference _ _ _ _ _ IHa IHb)|].
    rewrite (sum_over_ext n (fun k => eval (sub _ _) _ * _)
      (fun k => eval (partial a k) (v e0) * v' k + -1 * (eval (partial b k) (v e0) * v' k))).
    + rewrite sum_over_plus, sum_over_scale. ring.
    + intros. rewrite eval_sub. ring.
  - specialize (IHb v v' e0 Wb Fb D). eapply is_derive_eq; [exact (is_derive_product _ _ _ _ _ IHa IHb)|].
    rewrite <- sum_over_scale_right, <- sum_over_scale, <- sum_over_plus. apply sum_over_ext.
    intros. rewrite eval_add, !eval_mul. ring.
  - destruct Fb as [Fb Z]. specialize (IHb v v' e0 Wb Fb D).
    eapply is_derive_eq; [exact (is_derive_quotient _ _ _ _ _ IHa IHb Z)|].
    rewrite (sum_over_ext n (fun k => eval (sub _ _) _ * _)
      (fun k => eval (partial a k) (v e0) * v' k * / eval b (v e0)
        + eval (partial b k) (v e0) * v' k * (- eval a (v e0) / (eval b (v e0) * eval b (v e0))))).
    + rewrite sum_over_plus, !sum_over_scale_right. field. exact Z.
    + intros. rewrite eval_sub, !eval_div, eval_mul. cbn [eval]. field. exact Z.
  - specialize (IHa v v' e0 W F D). eapply is_derive_eq; [exact (is_derive_negation _ _ _ IHa)|].
    rewrite (sum_over_ext n (fun k => eval (neg _) _ * _) (fun k => -1 * (eval (partial a k) (v e0) * v' k))).
    + rewrite sum_over_scale. ring.
    + intros. rewrite eval_neg. ring.
  - destruct F as [Fa S]. specialize (IHa v v' e0 W Fa D).
    eapply is_derive_eq; [exact (is_derive_composed (value_of r) _ e0 _ _ IHa (row_holds r _ S))|].
    rewrite <- sum_over_scale. apply sum_over_ext. intros. rewrite eval_mul. cbn [eval]. ring.
  - easy.
Qed.

(* ---- Nodes ---- *)

Inductive kind := Weight | Now | Before.      (* a parameter, a value at t, a value at t-1 *)

Definition same_kind (a b : kind) : bool :=
  match a, b with Weight, Weight | Now, Now | Before, Before => true | _, _ => false end.

Lemma same_kind_eq a b : same_kind a b = true <-> a = b.
Proof. destruct a, b; split; easy. Qed.

(* An operand: what it reads, and which axes of the node it has. *)
Record operand := Operand { source : kind; name : nat; axes : list bool }.

(* `sizes` of all axes of a node, in one order that suits its result and every operand; `kept` marks the result's. *)
Record node := Node { out : nat; sizes : list nat; kept : list bool; operands : list operand; body : formula }.

Definition operand_at (nd : node) (j : nat) : operand := nth j (operands nd) (Operand Weight O []).
Definition arity (nd : node) : nat := length (operands nd).

(* Arrays by name: parameters p, values c at t, values q at t-1. *)
Definition store := nat -> index -> R.

Definition look (p c q : store) (s : operand) : index -> R :=
  match source s with Weight => p (name s) | Now => c (name s) | Before => q (name s) end.

Definition arguments nd (p c q : store) (k : index) (j : nat) : R :=
  look p c q (operand_at nd j) (select (axes (operand_at nd j)) k).

Definition value nd (p c q : store) (o : index) : R :=
  sum_box (select (others (kept nd)) (sizes nd)) (fun u => eval (body nd) (arguments nd p c q (merge (kept nd) o u))).

Definition well_defined nd (p c q : store) : Prop :=
  forall k, in_box (sizes nd) k -> smooth (body nd) (arguments nd p c q k).

(* The value's derivative when p, c, q move with velocities p', c', q'. *)
Definition tangent nd (p c q p' c' q' : store) (o : index) : R :=
  sum_box (select (others (kept nd)) (sizes nd)) (fun u => let k := merge (kept nd) o u in
    sum_over (arity nd) (fun j => eval (partial (body nd) j) (arguments nd p c q k) * arguments nd p' c' q' k j)).

(* What operand j receives when the cotangent of the result is a. *)
Definition pulled_back nd (p c q : store) (a : index -> R) (j : nat) (k : index) : R :=
  sum_box (select (others (axes (operand_at nd j))) (sizes nd)) (fun w => let i := merge (axes (operand_at nd j)) k w in
    a (select (kept nd) i) * eval (partial (body nd) j) (arguments nd p c q i)).

(* ---- Well-formedness; all of it computes ---- *)

Definition shapes := nat -> list nat.

Definition shape_of (psh sh : shapes) (r : operand) : list nat :=
  match source r with Weight => psh (name r) | _ => sh (name r) end.

Fixpoint operands_fit (psh sh : shapes) (ns : list nat) (l : list operand) : Prop :=
  match l with
  | [] => True
  | r :: l' => (length (axes r) = length ns /\ select (axes r) ns = shape_of psh sh r) /\ operands_fit psh sh ns l'
  end.

Definition well_formed psh sh nd : Prop :=
  length (kept nd) = length (sizes nd) /\ select (kept nd) (sizes nd) = sh (out nd) /\
  reads_below (arity nd) (body nd) = true /\ operands_fit psh sh (sizes nd) (operands nd).

(* All nodes at once: two lists that compute to the same. *)
Definition masked (nd : node) (m : list bool) : nat * list nat := (length m, select m (sizes nd)).

Definition found_shapes (nd : node) : list (nat * list nat) :=
  masked nd (kept nd) :: map (fun r => masked nd (axes r)) (operands nd).

Definition wanted_shapes (psh sh : shapes) (nd : node) : list (nat * list nat) :=
  (length (sizes nd), sh (out nd)) :: map (fun r => (length (sizes nd), shape_of psh sh r)) (operands nd).

Lemma operands_fit_all psh sh nd : forall l,
  map (fun r => masked nd (axes r)) l = map (fun r => (length (sizes nd), shape_of psh sh r)) l ->
  operands_fit psh sh (sizes nd) l.
Proof. induction l as [|r l IH]; intros E; [exact I|]. injection E as A B C. split; [easy|now apply IH]. Qed.

Lemma all_well_formed psh sh nodes :
  map found_shapes nodes = map (wanted_shapes psh sh) nodes ->
  forallb (fun nd => reads_below (arity nd) (body nd)) nodes = true ->
  forall nd, In nd nodes -> well_formed psh sh nd.
Proof.
  induction nodes as [|nd l IH]; intros E B nd' H; [easy|]. simpl in B. apply andb_prop in B as [B Bl].
  injection E as E1 E2 E3 El. destruct H as [<-|H]; [|now apply IH].
  split; [easy|]. split; [easy|]. split; [easy|]. now apply operands_fit_all.
Qed.

Section OneNode.
Variables (psh sh : shapes) (nd : node).
Hypothesis W : well_formed psh sh nd.

Lemma operand_fits j : (j < arity nd)%nat ->
  length (axes (operand_at nd j)) = length (sizes nd) /\
  select (axes (operand_at nd j)) (sizes nd) = shape_of psh sh (operand_at nd j).
Proof.
  destruct W as (_ & _ & _ & A). unfold arity, operand_at. revert j A.
  induction (operands nd) as [|r l IH]; intros j A Hj; [easy|].
  destruct A as [A1 A2]. destruct j; [exact A1|]. simpl in *. apply IH; [exact A2|lia].
Qed.

Lemma value_derive (p c q : R -> store) (p' c' q' : store) e0 :
  well_defined nd (p e0) (c e0) (q e0) ->
  (forall j k, (j < arity nd)%nat -> in_box (shape_of psh sh (operand_at nd j)) k ->
    is_derive (fun e => look (p e) (c e) (q e) (operand_at nd j) k) e0 (look p' c' q' (operand_at nd j) k)) ->
  forall o, in_box (sh (out nd)) o ->
  is_derive (fun e => value nd (p e) (c e) (q e) o) e0 (tangent nd (p e0) (c e0) (q e0) p' c' q' o).
Proof.
  intros F D o Ho. destruct W as (L & So & We & _). unfold value, tangent.
  apply (is_derive_sum_box _ (fun e u => eval (body nd) (arguments nd (p e) (c e) (q e) (merge (kept nd) o u)))).
  intros u Hu.
  assert (B : in_box (sizes nd) (merge (kept nd) o u)) by (apply merge_in_box; [easy|now rewrite So|easy]).
  apply (eval_derive (arity nd) (body nd) (fun e => arguments nd (p e) (c e) (q e) (merge (kept nd) o u))
    (arguments nd p' c' q' (merge (kept nd) o u)) e0 We (F _ B)).
  intros j Hj. destruct (operand_fits j Hj) as [Lj Sj]. unfold arguments. apply D; [easy|].
  rewrite <- Sj. now apply select_in_box.
Qed.

Lemma node_dual p c q p' c' q' (a : index -> R) :
  inner (sh (out nd)) a (tangent nd p c q p' c' q') =
  sum_over (arity nd) (fun j =>
    inner (shape_of psh sh (operand_at nd j)) (pulled_back nd p c q a j) (look p' c' q' (operand_at nd j))).
Proof.
  destruct W as (L & So & _ & _). unfold inner at 1, tangent. rewrite <- So.
  set (term := fun k => sum_over (arity nd) (fun j =>
    eval (partial (body nd) j) (arguments nd p c q k) * arguments nd p' c' q' k j)).
  rewrite (sum_box_ext _ _ (fun o => sum_box (select (others (kept nd)) (sizes nd)) (fun u =>
    (fun o k => a o * term k) o (merge (kept nd) o u)))) by (intros o _; now rewrite sum_box_scale).
  rewrite (sum_split (kept nd) (sizes nd) (fun o k => a o * term k) L). unfold term.
  rewrite (sum_box_ext _ _ (fun k => sum_over (arity nd) (fun j => a (select (kept nd) k) *
    (eval (partial (body nd) j) (arguments nd p c q k) * arguments nd p' c' q' k j))))
    by (intros k _; now rewrite sum_over_scale).
  rewrite sum_box_over. apply sum_over_ext. intros j Hj. destruct (operand_fits j Hj) as [Lj Sj].
  unfold inner. rewrite <- Sj.
  set (m := axes (operand_at nd j)) in *.
  set (g := fun k i => a (select (kept nd) i) * eval (partial (body nd) j) (arguments nd p c q i)
    * look p' c' q' (operand_at nd j) k).
  rewrite (sum_box_ext (select m (sizes nd)) _ (fun k =>
    sum_box (select (others m) (sizes nd)) (fun w => g k (merge m k w)))).
  - rewrite (sum_split m (sizes nd) g Lj). apply sum_box_ext. intros i _. unfold g, arguments. fold m. ring.
  - intros k _. unfold pulled_back, g. fold m. now rewrite sum_box_scale_right.
Qed.

Lemma pulled_back_zero p c q a j k :
  (j < arity nd)%nat -> in_box (shape_of psh sh (operand_at nd j)) k ->
  (forall o, in_box (sh (out nd)) o -> a o = 0) -> pulled_back nd p c q a j k = 0.
Proof.
  intros Hj Hk Z. destruct W as (L & So & _ & _). destruct (operand_fits j Hj) as [Lj Sj].
  unfold pulled_back. apply sum_box_vanishes. intros w Hw. cbv zeta. rewrite Z; [ring|].
  rewrite <- So. apply select_in_box; [easy|]. apply merge_in_box; [easy|now rewrite Sj|easy].
Qed.
End OneNode.

(* ---- For generated instances: positions one by one, and lists item by item ---- *)

Definition entry (position : nat) (k : index) : nat := nth position k O.

(* What holds at every multi-index of a box, said of its positions one by one. *)
Fixpoint at_positions (ns : list nat) (P : index -> Prop) : Prop :=
  match ns with [] => P [] | n :: ns' => forall i, (i < n)%nat -> at_positions ns' (fun k => P (i :: k)) end.

Lemma by_position ns : forall P, at_positions ns P -> forall k, in_box ns k -> P k.
Proof.
  induction ns as [|n ns IH]; intros P A [|i k] B; try now destruct B.
  destruct B as [Hi Hk]. exact (IH _ (A i Hi) k Hk).
Qed.

(* What holds of all in a concrete list, one goal for each. *)
Fixpoint each {A} (P : A -> Prop) (l : list A) : Prop :=
  match l with [] => True | x :: l' => P x /\ each P l' end.

Lemma each_In {A} (P : A -> Prop) (l : list A) : each P l -> forall x, In x l -> P x.
Proof. induction l as [|a l IH]; intros E x I; [easy|]. destruct E, I as [<-|I]; [easy|now apply IH]. Qed.
